// The parts of bittorrent-tracker the tests use; the package carries no types.
declare module 'bittorrent-tracker/server' {
	import type { Server as HttpServer } from 'node:http';

	export default class Server {
		constructor(options: {
			udp: boolean;
			http: boolean;
			ws: boolean | { perMessageDeflate: boolean };
			stats: boolean;
		});
		readonly http: HttpServer;
		readonly ws: { address(): import('node:net').AddressInfo };
		on(event: 'error' | 'warning', listener: (error: Error) => void): this;
		listen(port: number, hostname: string, onListening: () => void): void;
		close(onClosed: () => void): void;
	}
}

declare module 'bittorrent-tracker/client' {
	import type { EventEmitter } from 'node:events';

	export interface AnnounceOptions {
		readonly numwant?: number;
		readonly left?: number;
		readonly uploaded?: number;
		readonly downloaded?: number;
	}

	/** What a client says of a reply of the tracker. */
	export interface SwarmReport {
		readonly announce: string;
		readonly infoHash: string;
		readonly complete: number;
		readonly incomplete: number;
		readonly interval?: number;
		readonly downloaded?: number;
	}

	/** Emits `update` and `scrape` with a SwarmReport, `peer`, `warning` and `error`. */
	export default class Client extends EventEmitter {
		constructor(options: {
			infoHash: string;
			peerId: string;
			announce: string | readonly string[];
			port: number;
		});
		start(options?: AnnounceOptions): void;
		update(options?: AnnounceOptions): void;
		complete(options?: AnnounceOptions): void;
		stop(options?: AnnounceOptions): void;
		scrape(options?: { infoHash: readonly string[] }): void;
		destroy(onDestroyed?: () => void): void;
	}
}
