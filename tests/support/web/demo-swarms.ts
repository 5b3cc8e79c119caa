// Swarms made of literals, for tests of the page's state: a swarm finds what the test says, when it says so.
import type { Swarm, SwarmProgress, SwarmRequest, Swarms } from '../../../peer/swarm/swarm.ts';
import { parseMagnet } from '../../../peer/torrent/magnet.ts';
import { parseInfo, parseTorrent, type Torrent } from '../../../peer/torrent/parse-torrent.ts';
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import type { ByteSource } from '../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

export interface DemoSwarm extends Swarm {
	readonly request: SwarmRequest;
	readonly isLeft: boolean;
	find(torrent: Torrent): void;
	fail(error: GiggityflixError): void;
	progressIs(progress: SwarmProgress): void;
}

/** The real parser, without a worker. */
export const inlineParser: TorrentParser = {
	parseMagnet: async (text) => parseMagnet(text),
	parseTorrent: async (bytes) => parseTorrent(bytes),
	parseInfo: async (bytes, infoHash) => parseInfo(bytes, infoHash),
};

export function demoSwarms(
	sourceOf: (fileIndex: number) => ByteSource,
): Swarms & { readonly joined: DemoSwarm[] } {
	const joined: DemoSwarm[] = [];
	return {
		joined,
		join(request) {
			const known = Promise.withResolvers<Torrent>();
			let isLeft = false;
			let progress: SwarmProgress = {
				peers: 0,
				downloadBytesPerSecond: 0,
				uploadBytesPerSecond: 0,
				trackers: 'asking',
			};
			const ended = Promise.withResolvers<GiggityflixError>();
			if (request.torrent) known.resolve(request.torrent);
			const swarm: DemoSwarm = {
				request,
				get isLeft() {
					return isLeft;
				},
				torrent: known.promise,
				ended: ended.promise,
				know: () => undefined,
				add: (link) => link.close(),
				announceTo: () => undefined,
				openFile: sourceOf,
				setServing: () => undefined,
				contentChanged: () => undefined,
				isOffered: () => false,
				turnAt: () => 0,
				onMembersChange: () => () => undefined,
				progress: () => progress,
				leave() {
					isLeft = true;
					ended.resolve(new GiggityflixError('cancelled', 'the swarm was left'));
				},
				find: known.resolve,
				fail: known.reject,
				progressIs: (next) => (progress = next),
			};
			joined.push(swarm);
			return swarm;
		},
	};
}
