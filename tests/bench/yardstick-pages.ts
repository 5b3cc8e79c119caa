// What the start of playback is measured against: a film over plain HTTP with ranges, and the same film
// in stock webtorrent by magnet link, both in pages without anything else. Serves the pages, the film
// and webtorrent's own distribution files from one port of the loopback interface.
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Fetched } from '../support/web/transfer-page/calls.ts';
import { startStockTracker } from '../support/stock-tracker.ts';

/** What the torrent page can do, as `window.yardstick()`. */
export interface TorrentYardstick {
	/** The file of its first input; resolves with the magnet. */
	seed(): Promise<string>;
	/** All of it, into the default store. */
	download(magnet: string): Promise<Fetched>;
}

export interface Yardsticks {
	/** Page whose `play(src)` resolves with the milliseconds to the first frame. */
	readonly playerPage: string;
	/** Page with `seed()`, `download(magnet)` and `playMagnet(magnet)`; the first `<input type=file>` holds the film. */
	readonly torrentPage: string;
	filmUrl(path: string): string;
	close(): Promise<void>;
}

const distribution = fileURLToPath(new URL('../../node_modules/webtorrent/dist/', import.meta.url));

const firstFrame = `
function firstFrame(video) {
	const startedAt = performance.now();
	return new Promise((resolve, reject) => {
		video.requestVideoFrameCallback(() => resolve(performance.now() - startedAt));
		video.addEventListener('error', () => reject(new Error('video error ' + video.error?.message)));
	});
}`;

const playerPage = `<!doctype html><video muted autoplay width=640></video><script>
${firstFrame}
window.yardstick = () => window;
window.play = (src) => { const video = document.querySelector('video'); const done = firstFrame(video); video.src = src; return done; };
</script>`;

const torrentPage = (
	announceUrl: string,
) => `<!doctype html><input type=file><video muted autoplay width=640></video>
<script type=module>
import WebTorrent from '/dist/webtorrent.min.js';
${firstFrame}
const client = new WebTorrent();
const registration = await navigator.serviceWorker.register('/sw.min.js', { scope: '/' });
await navigator.serviceWorker.ready;
client.createServer({ controller: registration });
const announce = ['${announceUrl}'];
window.seed = () => new Promise((resolve) => {
	client.seed(document.querySelector('input').files[0], { announce }, (torrent) => resolve(torrent.magnetURI));
});
window.playMagnet = (magnet) => {
	const video = document.querySelector('video');
	const done = firstFrame(video);
	client.add(magnet, { announce, deselect: true }, (torrent) => torrent.files[0].streamTo(video));
	return done;
};
window.download = (magnet) => new Promise((resolve) => {
	const startedAt = performance.now();
	let firstByteMs = 0;
	const torrent = client.add(magnet, { announce });
	torrent.once('verified', () => (firstByteMs = performance.now() - startedAt));
	torrent.on('done', () => resolve({ firstByteMs, elapsedMs: performance.now() - startedAt, sha256: '' }));
});
window.yardstick = () => window;
window.ready = true;
</script>`;

export async function serveYardsticks(): Promise<Yardsticks> {
	const tracker = await startStockTracker();
	const server = createServer((request, response) => answer(request, response, tracker.url));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		playerPage: `${origin}/player`,
		torrentPage: `${origin}/torrent`,
		filmUrl: (path) => `${origin}/film?path=${encodeURIComponent(path)}`,
		close: async () => {
			server.closeAllConnections();
			server.close();
			await tracker.close();
		},
	};
}

function answer(request: IncomingMessage, response: ServerResponse, announceUrl: string): void {
	const url = new URL(request.url ?? '/', 'http://localhost');
	const html = { 'content-type': 'text/html' };
	if (url.pathname === '/player') response.writeHead(200, html).end(playerPage);
	else if (url.pathname === '/torrent') response.writeHead(200, html).end(torrentPage(announceUrl));
	else if (url.pathname === '/film')
		sendFilm(request, response, url.searchParams.get('path') ?? '');
	else if (/^\/(dist\/)?(webtorrent|sw)\.min\.js$/.test(url.pathname)) {
		response.writeHead(200, { 'content-type': 'text/javascript' });
		createReadStream(distribution + url.pathname.replace(/^\/(dist\/)?/, '')).pipe(response);
	} else response.writeHead(404).end();
}

function sendFilm(request: IncomingMessage, response: ServerResponse, path: string): void {
	const sizeBytes = statSync(path).size;
	const [, first = '0', last = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
	const start = Number(first);
	const end = last === '' ? sizeBytes - 1 : Number(last);
	response.writeHead(206, {
		'content-type': 'video/mp4',
		'accept-ranges': 'bytes',
		'content-length': end - start + 1,
		'content-range': `bytes ${start}-${end}/${sizeBytes}`,
	});
	const file = createReadStream(path, { start, end });
	file.pipe(response);
	response.on('close', () => file.destroy());
}
