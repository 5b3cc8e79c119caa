// Pieces of one film from several sources at once. Rule: no byte leaves here that was not verified; a source that
// sends a bad piece is never asked again, one that fails rests, one that is late is helped out by another. Memory is
// what readers want now and a little that was read last. Knows nothing of peers, players or trust.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { Clock } from '../ports.ts';
import { createBusyMeter, type BusyMeter } from './busy-meter.ts';
import { choosePiece, piecesAtOnce } from './choose-piece.ts';
import { fetchPiece, type PieceSender } from './fetch-piece.ts';
import type { Pieces } from './film-pieces.ts';
import type { PieceShelf } from './piece-shelf.ts';
import { createDeferred, type Deferred } from './settling.ts';

/** One of those who send. */
export interface MixSource extends PieceSender {
	readonly name: string;
	/** Whether it could send now. The mix is told of a change by `ring`. */
	isReady(): boolean;
	/** Whether it has a piece now; absent: it has all of them. */
	has?(index: number): boolean;
	/** What it sends has been verified against the same hashes. */
	readonly isVerified?: boolean;
	/** Asked while it is ready, and not waited for when nobody else is left. */
	readonly isExtra?: boolean;
}

export interface PieceMix {
	/** Another one to ask. */
	join(source: MixSource): void;
	/** Readiness of a source has changed. */
	ring(): void;
	/** A piece as soon as somebody has sent it. Fetched until it is there or released. */
	want(index: number): WantedPiece;
	/** A piece that came by another way; kept if it is good. */
	offer(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** Whether a piece needs nobody to send it. */
	isAtHand(index: number): boolean;
	/** Whether a source other than `name` could send now. */
	hasOther(name: string): boolean;
	/** Ends everything that runs; what is wanted then fails with `reason`. */
	close(reason: GiggityflixError): void;
}

export interface WantedPiece {
	/** Shared with others: to be copied, not changed. Rejects when nobody is left to ask. */
	readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
	release(): void;
}

export interface PieceMixOptions {
	readonly pieces: Pieces;
	readonly clock: Clock;
	/** What was fetched on an earlier visit. */
	readonly shelf?: PieceShelf | undefined;
	/** Bytes of a source arrived; `undefined`: from the shelf. */
	readonly onBytes: (name: string | undefined, bytes: number) => void;
	/** A source has sent a bad piece and is dropped. */
	readonly onBad: (name: string) => void;
	/** Whether somebody may still join when all who have are of no use. */
	readonly mayMoreCome?: () => boolean;
}

interface Member {
	readonly source: MixSource;
	readonly meter: BusyMeter;
	running: number;
	failures: number;
	/** Not asked before; `Infinity` for good. */
	restsUntilMs: number;
}

interface Attempt {
	readonly stop: AbortController;
	/** Somebody else may try as well. */
	isLate: boolean;
}

interface Job {
	readonly index: number;
	readonly result: Deferred<Uint8Array<ArrayBuffer>>;
	readonly attempts: Map<Member, Attempt>;
	wantCount: number;
	/** The shelf is looked at first. */
	isOnShelf: boolean;
}

interface Mix {
	readonly options: PieceMixOptions;
	readonly members: Member[];
	/** In the order they were wanted. */
	readonly jobs: Map<number, Job>;
	/** Read last, oldest first. */
	readonly recent: Map<number, Uint8Array<ArrayBuffer>>;
	lastError: GiggityflixError | undefined;
}

/** What is kept of pieces nobody wants now: players come back to the same few. */
const recentBytes = 4 * 1024 * 1024;
/** When somebody else is asked for a piece as well. */
const shortestPatienceMs = 500;
const longestPatienceMs = 3000;
const longestRestMs = 15_000;
/** Reasons of a source that no waiting puts right. */
const finalCodes: readonly ErrorCode[] = ['corrupt', 'permission-denied', 'not-found', 'cancelled'];

export function createPieceMix(options: PieceMixOptions): PieceMix {
	const mix: Mix = {
		options,
		members: [],
		jobs: new Map(),
		recent: new Map(),
		lastError: undefined,
	};
	return {
		join(source) {
			const meter = createBusyMeter();
			mix.members.push({ source, meter, running: 0, failures: 0, restsUntilMs: 0 });
			dispatch(mix);
		},
		ring() {
			for (const job of mix.jobs.values()) {
				for (const [{ source }, running] of job.attempts) {
					if (!source.isReady()) running.isLate = true;
				}
			}
			dispatch(mix);
		},
		want: (index) => want(mix, index),
		async offer(index, bytes) {
			if (!(await options.pieces.matches(index, bytes))) return;
			void options.shelf?.keep(index, bytes);
			remember(mix, index, bytes);
			const job = mix.jobs.get(index);
			if (job) finish(mix, job, bytes);
		},
		isAtHand: (index) => mix.recent.has(index) || options.shelf?.has(index) === true,
		hasOther: (name) =>
			mix.members.some((member) => member.source.name !== name && canSend(mix, member)),
		close(reason) {
			for (const member of mix.members) member.restsUntilMs = Infinity;
			mix.lastError = reason;
			giveUp(mix);
		},
	};
}

// ---------------------------------------------------------------- what is wanted

function want(mix: Mix, index: number): WantedPiece {
	const recent = mix.recent.get(index);
	if (recent !== undefined) {
		remember(mix, index, recent);
		return { bytes: Promise.resolve(recent), release: () => undefined };
	}
	const job = mix.jobs.get(index) ?? addJob(mix, index);
	job.wantCount += 1;
	let isReleased = false;
	return {
		bytes: job.result.promise,
		release() {
			if (isReleased) return;
			isReleased = true;
			job.wantCount -= 1;
			if (job.wantCount > 0 || mix.jobs.get(index) !== job) return;
			mix.jobs.delete(index);
			endAttempts(job);
		},
	};
}

function addJob(mix: Mix, index: number): Job {
	const isOnShelf = mix.options.shelf?.has(index) === true;
	const job: Job = {
		...{ index, result: createDeferred<Uint8Array<ArrayBuffer>>(), attempts: new Map() },
		...{ wantCount: 0, isOnShelf },
	};
	// Whoever wanted it may have gone when it fails.
	job.result.promise.catch(() => undefined);
	mix.jobs.set(index, job);
	if (isOnShelf) void takeFromShelf(mix, job);
	// The first of several wants would otherwise go to whoever is free, before the others are known.
	else queueMicrotask(() => dispatch(mix));
	return job;
}

async function takeFromShelf(mix: Mix, job: Job): Promise<void> {
	const { shelf, pieces, onBytes } = mix.options;
	const bytes = await shelf?.load(job.index).catch(() => undefined);
	const isGood =
		bytes?.length === pieces.lengthOf(job.index) && (await pieces.matches(job.index, bytes));
	if (bytes && isGood) {
		onBytes(undefined, bytes.length);
		finish(mix, job, bytes);
		return;
	}
	shelf?.drop(job.index);
	job.isOnShelf = false;
	dispatch(mix);
}

function finish(mix: Mix, job: Job, bytes: Uint8Array<ArrayBuffer>): void {
	if (mix.jobs.get(job.index) === job) mix.jobs.delete(job.index);
	remember(mix, job.index, bytes);
	endAttempts(job);
	job.result.resolve(bytes);
}

function endAttempts(job: Job): void {
	for (const { stop } of job.attempts.values()) stop.abort();
}

function remember(mix: Mix, index: number, bytes: Uint8Array<ArrayBuffer>): void {
	const { recent, options } = mix;
	recent.delete(index);
	recent.set(index, bytes);
	const most = Math.max(2, Math.floor(recentBytes / options.pieces.pieceBytes));
	for (const oldest of recent.keys()) {
		if (recent.size <= most) return;
		recent.delete(oldest);
	}
}

// ---------------------------------------------------------------- who is asked

function canSend(mix: Mix, { source, restsUntilMs }: Member): boolean {
	return restsUntilMs <= mix.options.clock.monotonicMs() && source.isReady();
}

function dispatch(mix: Mix): void {
	const { members, jobs, options } = mix;
	if (members.length > 0 && members.every(isOfNoUse)) {
		if (options.mayMoreCome?.() !== true) giveUp(mix);
		return;
	}
	const ready = members.filter((member) => canSend(mix, member));
	// Fastest first, so that they choose first.
	ready.sort((one, other) => paceOf(other) - paceOf(one));
	for (const member of ready) {
		const others = ready.filter((other) => other !== member);
		const othersOf = ({ job }: { readonly job: Job }) =>
			others.filter((other) => hasPiece(other, job)).map(describePace);
		for (;;) {
			const pace = describePace(member);
			if (member.running >= piecesAtOnce(pace.bytesPerSecond, options.pieces.pieceBytes)) break;
			const waiting = [...jobs.values()].filter((job) => isFor(job, member)).map(describeJob);
			const piece = choosePiece(waiting, pace, othersOf);
			if (piece === undefined) break;
			void attempt(mix, member, piece.job);
		}
	}
}

function isOfNoUse({ source, restsUntilMs }: Member): boolean {
	return restsUntilMs === Infinity || (source.isExtra === true && !source.isReady());
}

const hasPiece = ({ source }: Member, { index }: Job) => source.has?.(index) !== false;
const paceOf = ({ meter }: Member) => meter.bytesPerSecond() ?? 0;
const describePace = ({ meter, running }: Member) => ({
	bytesPerSecond: meter.bytesPerSecond(),
	running,
});

function isFor(job: Job, member: Member): boolean {
	if (job.isOnShelf || job.attempts.has(member) || !hasPiece(member, job)) return false;
	return [...job.attempts.values()].every(({ isLate }) => isLate);
}

const describeJob = (job: Job) => ({ job, isLate: job.attempts.size > 0 });

function giveUp(mix: Mix): void {
	const error = mix.lastError ?? new GiggityflixError('unavailable', 'nobody is left to ask');
	for (const job of [...mix.jobs.values()]) {
		if (job.isOnShelf) continue;
		mix.jobs.delete(job.index);
		endAttempts(job);
		job.result.reject(error);
	}
}

/** One source, one piece. */
async function attempt(mix: Mix, member: Member, job: Job): Promise<void> {
	const { clock, pieces } = mix.options;
	const stop = new AbortController();
	const running: Attempt = { stop, isLate: false };
	job.attempts.set(member, running);
	member.running += 1;
	member.meter.start(clock.monotonicMs());
	void helpWhenLate(mix, member, job.index, running);
	try {
		const onChunk = (bytes: number) => {
			member.meter.add(bytes, clock.monotonicMs());
			mix.options.onBytes(member.source.name, bytes);
		};
		const bytes = await fetchPiece(member.source, pieces, job.index, onChunk, stop.signal);
		if (stop.signal.aborted) return;
		member.failures = 0;
		if (member.source.isVerified === true || (await pieces.matches(job.index, bytes))) {
			void mix.options.shelf?.keep(job.index, bytes);
			finish(mix, job, bytes);
		} else {
			banish(mix, member);
		}
	} catch (caught) {
		if (!stop.signal.aborted) rest(mix, member, GiggityflixError.from(caught));
	} finally {
		member.running -= 1;
		member.meter.stop(clock.monotonicMs());
		job.attempts.delete(member);
		stop.abort();
		dispatch(mix);
	}
}

async function helpWhenLate(
	mix: Mix,
	member: Member,
	index: number,
	running: Attempt,
): Promise<void> {
	const { clock, pieces } = mix.options;
	const expectedMs = (member.running * pieces.lengthOf(index) * 1000) / (paceOf(member) || 1);
	const patienceMs = Math.min(longestPatienceMs, Math.max(shortestPatienceMs, 3 * expectedMs));
	try {
		await clock.sleep(patienceMs, running.stop.signal);
	} catch {
		// It came in time, or nobody wants it any more.
		return;
	}
	member.meter.add(0, clock.monotonicMs());
	running.isLate = true;
	dispatch(mix);
}

function banish(mix: Mix, member: Member): void {
	if (member.restsUntilMs === Infinity) return;
	member.restsUntilMs = Infinity;
	mix.lastError = new GiggityflixError('corrupt', 'a source has sent a bad piece');
	for (const job of mix.jobs.values()) job.attempts.get(member)?.stop.abort();
	mix.options.onBad(member.source.name);
}

function rest(mix: Mix, member: Member, error: GiggityflixError): void {
	const { clock } = mix.options;
	if (member.restsUntilMs === Infinity) return;
	mix.lastError = error;
	if (finalCodes.includes(error.code)) {
		member.restsUntilMs = Infinity;
		return;
	}
	const restMs = Math.min(longestRestMs, 500 * 2 ** member.failures);
	member.failures += 1;
	member.restsUntilMs = clock.monotonicMs() + restMs;
	clock.sleep(restMs).then(
		() => dispatch(mix),
		// The clock has stopped with the page.
		() => undefined,
	);
}
