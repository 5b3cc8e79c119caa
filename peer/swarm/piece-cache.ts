// The pieces of one torrent that are in memory: those somebody reads now, and the latest of the others up to a
// capacity, so that a film of any size takes the same room. What leaves is fetched again when it is wanted.
// Knows no protocol: it says which pieces to fetch and is given them, verified.
import { createListeners } from '../listeners.ts';

export interface PieceRange {
	readonly from: number;
	/** Inclusive. */
	readonly to: number;
}

export interface PieceCacheOptions {
	/** Pieces that are wanted stay beyond it: a reader wants a few at a time. */
	readonly capacityBytes: number;
	/** Fetch these and nothing else. */
	readonly fetch: (ranges: readonly PieceRange[]) => void;
	/** Not in memory any more; what has been received of it can go too. */
	readonly forget: (index: number) => void;
}

export interface PieceCache {
	get(index: number): Uint8Array | undefined;
	/** Takes a verified piece. */
	put(index: number, bytes: Uint8Array): void;
	/** Fetches pieces and keeps them until the returned function is called. */
	want(range: PieceRange): () => void;
	/** Calls back for every piece that is put in. Returns the unsubscribe. */
	onArrival(listener: (index: number) => void): () => void;
	clear(): void;
}

export function createPieceCache(options: PieceCacheOptions): PieceCache {
	/** Oldest use first. */
	const pieces = new Map<number, Uint8Array>();
	const wanted = new Set<PieceRange>();
	const arrivals = createListeners<number>();
	let heldBytes = 0;

	const isWanted = (index: number) =>
		[...wanted].some(({ from, to }) => from <= index && index <= to);

	function makeRoom(): void {
		for (const [index, bytes] of pieces) {
			if (heldBytes <= options.capacityBytes) return;
			if (isWanted(index)) continue;
			pieces.delete(index);
			heldBytes -= bytes.length;
			options.forget(index);
		}
	}

	function release(range: PieceRange): void {
		if (!wanted.delete(range)) return;
		options.fetch([...wanted]);
		for (let index = range.from; index <= range.to; index += 1) {
			if (!pieces.has(index) && !isWanted(index)) options.forget(index);
		}
		makeRoom();
	}

	return {
		get(index) {
			const bytes = pieces.get(index);
			if (bytes === undefined) return undefined;
			pieces.delete(index);
			pieces.set(index, bytes);
			return bytes;
		},
		put(index, bytes) {
			heldBytes += bytes.length - (pieces.get(index)?.length ?? 0);
			pieces.delete(index);
			pieces.set(index, bytes);
			makeRoom();
			arrivals.tell(index);
		},
		want(range) {
			// A copy, because two readers may want the same.
			const mine = { ...range };
			wanted.add(mine);
			options.fetch([...wanted]);
			return () => release(mine);
		},
		onArrival: arrivals.add,
		clear() {
			pieces.clear();
			wanted.clear();
			heldBytes = 0;
		},
	};
}
