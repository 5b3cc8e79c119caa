// The tracker addresses in a torrent or magnet: bounded, well-formed, each once. Which of them are asked is
// decided where a swarm is joined.
import { torrentLimits } from './torrent-limits.ts';

/** What is no URL is left out; beyond the limit the rest is. */
export function readTrackerUrls(texts: Iterable<string>): string[] {
	const urls = new Set<string>();
	for (const text of texts) {
		if (urls.size === torrentLimits.maxTrackers) break;
		if (text.length <= torrentLimits.maxAddressCharacters && URL.canParse(text)) {
			urls.add(new URL(text).href);
		}
	}
	return [...urls];
}
