// What the page and its torrent worker say to each other. Types only.
import type { InfoHash } from '../../../peer/torrent/info-hash.ts';
import type { Magnet } from '../../../peer/torrent/magnet.ts';
import type { Torrent } from '../../../peer/torrent/parse-torrent.ts';

// A type and not an interface: only those fit the index signature of WorkerCalls.
export type TorrentCalls = {
	/** Each as `TorrentParser` has it. */
	parseMagnet: { input: { text: string }; output: Magnet };
	parseTorrent: { input: { bytes: Uint8Array }; output: Torrent };
	parseInfo: { input: { bytes: Uint8Array; infoHash: InfoHash }; output: Torrent };
};
