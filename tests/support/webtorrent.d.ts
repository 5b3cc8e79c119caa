// The part of webtorrent the tests use; the package carries no types.
declare module 'webtorrent' {
	import type { EventEmitter } from 'node:events';

	/** Emits `done`, `wire` and `warning`. */
	export interface Torrent extends EventEmitter {
		readonly infoHash: string;
		readonly numPeers: number;
		readonly files: readonly { arrayBuffer(): Promise<ArrayBuffer> }[];
	}

	export default class WebTorrent extends EventEmitter {
		constructor(options: {
			dht: boolean;
			lsd: boolean;
			natUpnp: boolean;
			natPmp: boolean;
			utPex: boolean;
			tracker: { rtcConfig: { iceServers: readonly unknown[] } };
		});
		seed(
			input: Uint8Array & { name?: string },
			options: { announce: readonly string[] },
			onSeed: (torrent: Torrent) => void,
		): Torrent;
		add(torrentId: string, options: { announce: readonly string[] }): Torrent;
	}
}
