// webtorrent as it is for anybody, with the types of the part the tests use; the package carries none.
import type { EventEmitter } from 'node:events';
import WebTorrent from 'webtorrent';

/** Emits `done`, `wire` and `warning`. */
interface Torrent extends EventEmitter {
	readonly infoHash: string;
	readonly numPeers: number;
	readonly files: readonly { arrayBuffer(): Promise<ArrayBuffer> }[];
}

/** The part of a chunk store that is asked for blocks; it has to answer the rest too. */
interface LyingStore {
	readonly chunkLength: number;
	get(
		index: number,
		range: { readonly length?: number } | null | ((error: null, bytes: Uint8Array) => void),
		done?: (error: null, bytes: Uint8Array) => void,
	): void;
	put(index: number, bytes: Uint8Array, done: (error: null) => void): void;
	close(done: (error: null) => void): void;
	destroy(done: (error: null) => void): void;
}

interface StockClient extends EventEmitter {
	seed(
		input: Uint8Array & { name?: string },
		options: { announce: readonly string[] },
		onSeed: (torrent: Torrent) => void,
	): Torrent;
	add(torrentId: string, options: { announce: readonly string[] }): Torrent;
	/** `torrentId` is the content of a .torrent; `skipVerify` believes the store to hold all of it. */
	add(
		torrentId: Uint8Array,
		options: { skipVerify: true; store: new (pieceBytes: number) => LyingStore },
		onReady: (torrent: Torrent) => void,
	): Torrent;
}

/** The package's class. */
export const StockWebTorrent = WebTorrent as unknown as new (options: {
	dht: boolean;
	lsd: boolean;
	natUpnp: boolean;
	natPmp: boolean;
	utPex: boolean;
	tracker: { rtcConfig: { iceServers: readonly unknown[] } };
}) => StockClient;
