// A stock WebTorrent client in a process of its own, as Node programs use it: `seed <announce> <bytes>` or
// `get <announce> <info hash>`. Finds its peers by the tracker alone. Prints one JSON object a line.
import { createHash } from 'node:crypto';
import WebTorrent from 'webtorrent';
import { reportGatheringEnd } from './gathering-end.ts';
import { patternedBytes } from './patterned-bytes.ts';

const [mode, announce = '', subject = ''] = process.argv.slice(2);

reportGatheringEnd();
const client = new WebTorrent({
	dht: false,
	lsd: false,
	natUpnp: false,
	natPmp: false,
	utPex: false,
	tracker: { rtcConfig: { iceServers: [] } },
});

if (mode === 'seed') {
	const film = Object.assign(patternedBytes(Number(subject)), { name: 'film.bin' });
	client.seed(film, { announce: [announce] }, (torrent) => {
		say({ infoHash: torrent.infoHash, sha256: sha256(film) });
	});
} else {
	const torrent = client.add(subject, { announce: [announce] });
	torrent.on('done', () => {
		void torrent.files[0]?.arrayBuffer().then((content) => {
			say({ infoHash: torrent.infoHash, sha256: sha256(new Uint8Array(content)) });
		});
	});
}

function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

function say(line: { infoHash: string; sha256: string }): void {
	process.stdout.write(`${JSON.stringify(line)}\n`);
}
