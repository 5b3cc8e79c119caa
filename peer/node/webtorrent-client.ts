// webtorrent in Node, loaded when the first swarm is joined. It speaks WebRTC alone, as in a page: what Node's build has
// beside that, a port for TCP, is closed as soon as it is open. Knows no swarm.
import { once } from 'node:events';
import { Agent } from 'node:https';
import type WebTorrentInNode from 'webtorrent';
import type { ClientOptions, WebTorrent } from '../webtorrent/webtorrent.ts';
import { mendWebRtc } from './webrtc-mending.ts';

export interface NodeWebTorrent {
	open(options: ClientOptions): Promise<WebTorrent>;
	/** Resolves when every connection is closed. */
	close(): Promise<void>;
}

/** `certificateAuthorities`, in PEM, are trusted instead of the system's where an announce tracker has a certificate. */
export function nodeWebTorrent(certificateAuthorities?: string): NodeWebTorrent {
	const clients: InstanceType<typeof WebTorrentInNode>[] = [];
	const proxyOpts =
		certificateAuthorities === undefined
			? {}
			: { proxyOpts: { httpsAgent: new Agent({ ca: certificateAuthorities }) } };
	return {
		async open(options) {
			mendWebRtc();
			const { default: Client } = await import('webtorrent');
			const client = new Client({ ...options, tracker: { ...options.tracker, ...proxyOpts } });
			clients.push(client);
			// It finds nobody before it has had a port, whether it is of use or not.
			await once(client, 'listening');
			client._connPool?.destroy();
			client._connPool = null;
			return client;
		},
		async close() {
			const open = clients.splice(0).filter(({ destroyed }) => !destroyed);
			await Promise.all(
				open.map((client) => new Promise<void>((resolve) => client.destroy(resolve))),
			);
		},
	};
}
