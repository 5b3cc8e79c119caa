// The verified pieces of a film that is watched: what the mix takes back instead of fetching it again, and what others
// in the swarm get. On the shelf where there is one; the latest also in memory, until they are written, or for as long as
// there is room. Rule: what comes from a disk is verified again before anybody gets it. Knows no protocol.
import { GiggityflixError } from '../../proto/errors.ts';
import { createListeners } from '../listeners.ts';
import type { Pieces } from '../transfer/pieces/film-pieces.ts';
import type { PieceShelf } from '../transfer/pieces/piece-shelf.ts';
import { createLatestReads } from './latest-reads.ts';
import type { SwarmContent } from './swarm.ts';

export interface WatchedPieces {
	readonly shelf: PieceShelf;
	readonly content: SwarmContent;
	/** Calls back when a piece has come or gone. Returns the unsubscribe. */
	onChange(listener: (index: number) => void): () => void;
}

/** Without a shelf this is all there is for others. */
const memoryBytes = 64 * 1024 * 1024;
/** Beside one, and those that are on their way to it: the shelf holds these anyway. */
const memoryBesideShelfBytes = 8 * 1024 * 1024;
/** Read from the shelf last: others ask for 16 KiB at a time. */
const maxRead = 4;

export function createWatchedPieces(pieces: Pieces, shelf: PieceShelf | undefined): WatchedPieces {
	/** Oldest first. */
	const inMemory = new Map<number, Uint8Array<ArrayBuffer>>();
	const changes = createListeners<number>();
	const mostInMemory = Math.max(
		2,
		Math.floor((shelf ? memoryBesideShelfBytes : memoryBytes) / pieces.pieceBytes),
	);

	/** On their way to the shelf. */
	const writing = new Set<number>();

	const has = (index: number) => inMemory.has(index) || shelf?.has(index) === true;

	async function keep(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
		const isNew = !has(index);
		inMemory.delete(index);
		inMemory.set(index, bytes);
		if (isNew) changes.tell(index);
		if (shelf && !writing.has(index)) {
			writing.add(index);
			await shelf.keep(index, bytes);
			writing.delete(index);
		}
		makeRoom();
		return has(index);
	}

	/** A piece leaves memory when it is on the shelf, or when the shelf does not take it. */
	function makeRoom(): void {
		for (const oldest of inMemory.keys()) {
			if (inMemory.size <= mostInMemory + writing.size) return;
			if (writing.has(oldest)) continue;
			inMemory.delete(oldest);
			if (!has(oldest)) changes.tell(oldest);
		}
	}

	function drop(index: number): void {
		inMemory.delete(index);
		shelf?.drop(index);
		changes.tell(index);
	}

	const fromShelf = createShelfReads(pieces, shelf, drop);
	return {
		shelf: {
			has,
			async load(index) {
				return inMemory.get(index) ?? shelf?.load(index);
			},
			keep,
			drop,
		},
		content: {
			isComplete: false,
			has,
			async read(index, offsetBytes, lengthBytes) {
				const bytes = inMemory.get(index) ?? (await fromShelf(index));
				return bytes.slice(offsetBytes, offsetBytes + lengthBytes);
			},
		},
		onChange: changes.add,
	};
}

/** Whole pieces, checked; the last few stay in memory. */
function createShelfReads(
	pieces: Pieces,
	shelf: PieceShelf | undefined,
	drop: (index: number) => void,
): (index: number) => Promise<Uint8Array<ArrayBuffer>> {
	return createLatestReads(maxRead, async (index) => {
		const bytes = await shelf?.load(index).catch(() => undefined);
		const isGood = bytes?.length === pieces.lengthOf(index) && (await pieces.matches(index, bytes));
		if (bytes && isGood) return bytes;
		drop(index);
		throw new GiggityflixError('not-found', 'the piece is not there any more');
	});
}
