// The pieces readers wait for, and the few that were read last. Rule: a piece is looked for on the shelf first, and then
// sent once, however many want it. Memory is what readers want now and a little that was read last. Does not know who
// sends, nor whether what is put in is good.
import type { GiggityflixError } from '../../../proto/errors.ts';
import { createBoundedMap, type BoundedMap } from '../bounded-map.ts';
import type { Pieces } from './film-pieces.ts';
import type { PieceShelf } from './piece-shelf.ts';
import { createDeferred, type Deferred } from '../settling.ts';

export interface WantedPiece {
	/** Shared with others: to be copied, not changed. Rejects when nobody is left to ask. */
	readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
	release(): void;
}

/** When a player needs a piece; both by the clock's monotonic time. */
export interface PieceNeed {
	/** Since when it is wanted. */
	readonly wantedAtMs: number;
	/** When the player has nothing left but this piece. */
	readonly neededAtMs: number;
}

/** A piece that somebody has to send. */
export interface MissingPiece {
	readonly index: number;
	/** Of whoever needs it first; `undefined`: at once, for all that is known. */
	readonly need: PieceNeed | undefined;
	/** Aborted when it is here, or nobody wants it any more. */
	readonly over: AbortSignal;
}

export interface WantedPieces {
	want(index: number, need?: PieceNeed): WantedPiece;
	/** In the order they were wanted. */
	missing(): readonly MissingPiece[];
	/** Takes a verified piece: for the shelf, and for whoever waits for it. */
	put(index: number, bytes: Uint8Array<ArrayBuffer>): void;
	/** Whether a piece needs nobody to send it. */
	isAtHand(index: number): boolean;
	/** Nobody will send what is missing. */
	giveUp(reason: GiggityflixError): void;
}

export interface WantedPiecesOptions {
	readonly pieces: Pieces;
	readonly shelf?: PieceShelf | undefined;
	/** More is missing than before. */
	readonly onMissing: () => void;
	/** A piece was taken from the shelf. */
	readonly onShelved: (bytes: number) => void;
}

interface Job extends MissingPiece {
	readonly result: Deferred<Uint8Array<ArrayBuffer>>;
	readonly ending: AbortController;
	need: PieceNeed | undefined;
	wantCount: number;
	/** The shelf is looked at first. */
	isOnShelf: boolean;
}

interface Wanted {
	readonly options: WantedPiecesOptions;
	/** In the order they were wanted. */
	readonly jobs: Map<number, Job>;
	/** Read last. */
	readonly recent: BoundedMap<number, Uint8Array<ArrayBuffer>>;
}

/** What is kept of pieces nobody wants now: players come back to the same few. */
const recentBytes = 4 * 1024 * 1024;

export function createWantedPieces(options: WantedPiecesOptions): WantedPieces {
	const { shelf, pieces } = options;
	const mostRecent = Math.max(2, Math.floor(recentBytes / pieces.pieceBytes));
	const recent = createBoundedMap<number, Uint8Array<ArrayBuffer>>(mostRecent);
	const wanted: Wanted = { options, jobs: new Map(), recent };
	const { jobs } = wanted;
	return {
		want: (index, need) => want(wanted, index, need),
		missing: () => [...jobs.values()].filter(({ isOnShelf }) => !isOnShelf),
		put(index, bytes) {
			// Never rejects.
			void shelf?.keep(index, bytes);
			arrive(wanted, index, bytes);
		},
		isAtHand: (index) => recent.has(index) || shelf?.has(index) === true,
		giveUp(reason) {
			for (const job of [...jobs.values()]) {
				if (job.isOnShelf) continue;
				end(wanted, job);
				job.result.reject(reason);
			}
		},
	};
}

function want(wanted: Wanted, index: number, need: PieceNeed | undefined): WantedPiece {
	const { jobs, recent } = wanted;
	const known = recent.get(index);
	if (known !== undefined) {
		recent.set(index, known);
		return { bytes: Promise.resolve(known), release: () => undefined };
	}
	const job = jobs.get(index) ?? addJob(wanted, index, need);
	if (!need || (job.need && need.neededAtMs < job.need.neededAtMs)) job.need = need;
	job.wantCount += 1;
	let isReleased = false;
	return {
		bytes: job.result.promise,
		release() {
			if (isReleased) return;
			isReleased = true;
			job.wantCount -= 1;
			if (job.wantCount === 0) end(wanted, job);
		},
	};
}

function addJob(wanted: Wanted, index: number, need: PieceNeed | undefined): Job {
	const { shelf, onMissing } = wanted.options;
	const ending = new AbortController();
	const job: Job = {
		...{ index, result: createDeferred<Uint8Array<ArrayBuffer>>(), ending, over: ending.signal },
		...{ need, wantCount: 0, isOnShelf: shelf?.has(index) === true },
	};
	// Whoever wanted it may have gone when it fails.
	job.result.promise.catch(() => undefined);
	wanted.jobs.set(index, job);
	if (job.isOnShelf) void takeFromShelf(wanted, job);
	// The first of several wants would otherwise go to whoever is free, before the others are known.
	else queueMicrotask(onMissing);
	return job;
}

async function takeFromShelf(wanted: Wanted, job: Job): Promise<void> {
	const { shelf, pieces, onShelved, onMissing } = wanted.options;
	const { index } = job;
	const bytes = await shelf?.load(index).catch(() => undefined);
	const isGood = bytes?.length === pieces.lengthOf(index) && (await pieces.matches(index, bytes));
	if (bytes && isGood) {
		onShelved(bytes.length);
		arrive(wanted, index, bytes);
		return;
	}
	shelf?.drop(index);
	job.isOnShelf = false;
	onMissing();
}

function arrive(wanted: Wanted, index: number, bytes: Uint8Array<ArrayBuffer>): void {
	wanted.recent.set(index, bytes);
	const job = wanted.jobs.get(index);
	if (!job) return;
	end(wanted, job);
	job.result.resolve(bytes);
}

function end({ jobs }: Wanted, job: Job): void {
	if (jobs.get(job.index) === job) jobs.delete(job.index);
	job.ending.abort();
}
