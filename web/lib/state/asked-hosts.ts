// Whom a torrent has the page ask, as a person is shown before agreeing to it. Addresses come from strangers and stay
// text.
import { isInOwnNetwork } from '../../../peer/swarm/http-seeds.ts';

/** "tracker.example". */
export function hostOfTracker(url: string): string {
	return URL.canParse(url) ? new URL(url).host : url;
}

/** "films.example", each once; one close by is named as such, for a stranger chose it. */
export function hostsOfHttpSeeds(urls: readonly string[]): readonly string[] {
	const hosts = urls.map((url) => {
		const { host } = new URL(url);
		return isInOwnNetwork(url) ? `${host}, in your own network` : host;
	});
	return [...new Set(hosts)];
}
