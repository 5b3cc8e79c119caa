// The HTTP seeds in a torrent or magnet (https://www.bittorrent.org/beps/bep_0019.html): web servers that have its
// files. Bounded, well-formed, each once. Which of them are asked is decided where a swarm is joined.
import { torrentLimits } from './torrent-limits.ts';

/** What is no http or https address is left out, as is one with a password; beyond the limit the rest is. */
export function readHttpSeedUrls(texts: Iterable<string>): string[] {
	const urls = new Set<string>();
	for (const text of texts) {
		if (urls.size === torrentLimits.maxHttpSeeds) break;
		const href = hrefOf(text);
		if (href !== undefined) urls.add(href);
	}
	return [...urls];
}

function hrefOf(text: string): string | undefined {
	if (text.length > torrentLimits.maxAddressCharacters || !URL.canParse(text)) return undefined;
	const url = new URL(text);
	if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
		return undefined;
	}
	url.hash = '';
	return url.href;
}
