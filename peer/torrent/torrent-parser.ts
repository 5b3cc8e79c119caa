// What reads strangers' torrents for the page: a port, because reading is work for a worker that can be ended
// when a torrent takes too long.
import type { InfoHash } from './info-hash.ts';
import type { Magnet } from './magnet.ts';
import type { Torrent } from './parse-torrent.ts';

/** Every call throws as the function it is named for, and `timed-out` when reading takes longer than any real torrent. */
export interface TorrentParser {
	parseMagnet(text: string, signal: AbortSignal): Promise<Magnet>;
	parseTorrent(bytes: Uint8Array, signal: AbortSignal): Promise<Torrent>;
	parseInfo(bytes: Uint8Array, infoHash: InfoHash, signal: AbortSignal): Promise<Torrent>;
}
