// Reads strangers' torrents and magnets away from the page. The work itself is in peer/torrent.
import { parseMagnet } from '../../../peer/torrent/magnet.ts';
import { parseInfo, parseTorrent, type Torrent } from '../../../peer/torrent/parse-torrent.ts';
import { answerCalls } from './answer-calls.ts';
import type { TorrentCalls } from './torrent-protocol.ts';

answerCalls<TorrentCalls>(self, {
	parseMagnet: async ({ text }) => ({ output: parseMagnet(text) }),
	parseTorrent: async ({ bytes }) => handOver(parseTorrent(bytes)),
	parseInfo: async ({ bytes, infoHash }) => handOver(parseInfo(bytes, infoHash)),
});

const handOver = (torrent: Torrent) => ({
	output: torrent,
	transfer: [torrent.pieceHashes.buffer, torrent.info.buffer],
});
