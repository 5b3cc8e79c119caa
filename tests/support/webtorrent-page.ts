// A stock WebTorrent page (its dist file as published, nothing of ours) for browser tests, answered to the fetch
// of any listener. Its verbs are on its window; `seed` and `get` resolve with the info hash and the content's SHA-256.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FetchHandler } from '../../edge-server/transport/listener.ts';

const distribution = fileURLToPath(
	new URL('../../node_modules/webtorrent/dist/webtorrent.min.js', import.meta.url),
);

export interface WebTorrentPage {
	seed(announceUrl: string, sizeBytes: number): Promise<{ infoHash: string; sha256: string }>;
	/** Seeds the files of the page's file field; resolves with the magnet and the .torrent in base64. */
	seedFiles(announceUrl: string, name: string): Promise<{ magnet: string; torrent: string }>;
	get(announceUrl: string, infoHash: string): Promise<{ infoHash: string; sha256: string }>;
}

const page = `<!doctype html><meta charset=utf-8><title>WebTorrent</title><input type=file multiple><script type=module>
import WebTorrent from '/webtorrent.min.js';
const client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } });
async function sha256(blob) {
	const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
	return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
window.seed = (announceUrl, sizeBytes) => new Promise((resolve) => {
	const content = new Uint8Array(sizeBytes);
	for (let at = 0; at < sizeBytes; at += 65536) crypto.getRandomValues(content.subarray(at, at + 65536));
	const film = new File([content], 'film.bin');
	client.seed(film, { announce: [announceUrl] }, async ({ infoHash }) =>
		resolve({ infoHash, sha256: await sha256(film) }));
});
window.seedFiles = (announceUrl, name) => new Promise((resolve) => {
	const { files } = document.querySelector('input');
	client.seed(files, { announce: [announceUrl], name }, ({ magnetURI, torrentFile }) =>
		resolve({ magnet: magnetURI, torrent: btoa(String.fromCharCode(...torrentFile)) }));
});
window.get = (announceUrl, infoHash) => new Promise((resolve) => {
	const torrent = client.add(infoHash, { announce: [announceUrl] });
	torrent.on('done', async () => resolve({ infoHash, sha256: await sha256(await torrent.files[0].blob()) }));
});
window.isReady = true;
</script>`;

export const answerWebTorrentPage: FetchHandler = async (request) => {
	const { pathname } = new URL(request.url);
	if (pathname === '/') return new Response(page, { headers: { 'content-type': 'text/html' } });
	if (pathname !== '/webtorrent.min.js') return new Response('not here', { status: 404 });
	return new Response(await readFile(distribution), {
		headers: { 'content-type': 'text/javascript' },
	});
};
