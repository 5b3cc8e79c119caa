// webtorrent as Node programs load it, with the types of the part that is used.
declare module 'webtorrent' {
	import type { EventEmitter } from 'node:events';
	import type { Agent } from 'node:https';

	/** Beside what every client has. */
	interface NodeClient extends EventEmitter {
		readonly destroyed: boolean;
		destroy(done: () => void): void;
		/** Takes connections over TCP, whether wanted or not. */
		_connPool: { destroy(): void } | null;
	}

	type Options = import('../webtorrent/webtorrent.ts').ClientOptions & {
		readonly tracker: { readonly proxyOpts?: { readonly httpsAgent: Agent } };
	};

	const WebTorrent: new (
		options: Options,
	) => import('../webtorrent/webtorrent.ts').WebTorrent & NodeClient;
	export default WebTorrent;
}
