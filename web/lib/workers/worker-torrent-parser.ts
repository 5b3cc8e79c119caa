// Reading torrents by a worker: the port as the page uses it. A torrent that keeps the worker busy for longer
// than any real one ends it.
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import { torrentLimits } from '../../../peer/torrent/torrent-limits.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { TorrentCalls } from './torrent-protocol.ts';
import { createWorkerLine } from './worker-line.ts';

/** The largest torrent within the limits takes a tenth of a second; a cold start on a busy phone, a second. */
const budgetMs = 4000;
const idleMs = 30_000;

/** The worker starts with the first torrent. */
export function workerTorrentParser(): TorrentParser {
	const line = createWorkerLine<TorrentCalls>({
		startWorker: () =>
			new Worker(new URL('./torrent.worker.ts', import.meta.url), { type: 'module' }),
		idleMs,
	});
	const withBudget = (signal: AbortSignal) =>
		AbortSignal.any([signal, AbortSignal.timeout(budgetMs)]);
	return {
		parseMagnet: async (text, signal) => {
			refuse(text.length > torrentLimits.maxMagnetCharacters);
			return line.call('parseMagnet', { text }, withBudget(signal));
		},
		parseTorrent: async (bytes, signal) => {
			refuse(bytes.length > torrentLimits.maxTorrentBytes);
			return line.call('parseTorrent', { bytes }, withBudget(signal));
		},
		parseInfo: async (bytes, infoHash, signal) => {
			refuse(bytes.length > torrentLimits.maxTorrentBytes);
			return line.call('parseInfo', { bytes, infoHash }, withBudget(signal));
		},
	};
}

/** Before it is copied to the worker. */
function refuse(isTooLong: boolean): void {
	if (isTooLong) throw new GiggityflixError('resource-exhausted', 'longer than any real torrent');
}
