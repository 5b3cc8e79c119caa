// webtorrent in a page: the file it publishes for browsers, loaded when the first swarm is joined. A file of its own and
// not a chunk, so that the service worker knows it by its name and does not fetch it for everybody.
import webtorrentUrl from 'webtorrent/dist/webtorrent.min.js?url';
import type { ClientOptions, WebTorrent } from '../../../peer/webtorrent/webtorrent.ts';

type WebtorrentModule = typeof import('webtorrent/dist/webtorrent.min.js');

export async function openBrowserClient(options: ClientOptions): Promise<WebTorrent> {
	const { default: Client } = (await import(/* @vite-ignore */ webtorrentUrl)) as WebtorrentModule;
	return new Client(options);
}
