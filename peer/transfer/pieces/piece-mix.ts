// Pieces of one film from several sources at once: who is asked for which. Rule: no byte leaves here that was not
// verified; a source that sends a bad piece is never asked again, one that fails rests, one that is late is helped out
// by another. Knows nothing of peers, players or trust.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Clock } from '../../ports.ts';
import { createBusyMeter, type BusyMeter } from './busy-meter.ts';
import { choosePiece, piecesAtOnce } from './choose-piece.ts';
import { fetchPiece, type PieceSender } from './fetch-piece.ts';
import type { Pieces } from './film-pieces.ts';
import { isFinal } from './final-reasons.ts';
import type { PieceShelf } from './piece-shelf.ts';
import {
	createWantedPieces,
	type MissingPiece,
	type WantedPiece,
	type WantedPieces,
} from './wanted-pieces.ts';

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
	failures: number;
	/** Not asked before; `Infinity` for good. */
	restsUntilMs: number;
}

/** One source, one piece. */
interface Attempt {
	readonly member: Member;
	readonly piece: MissingPiece;
	readonly stop: AbortController;
	/** Somebody else may try as well. */
	isLate: boolean;
}

interface Mix {
	readonly options: PieceMixOptions;
	readonly members: Member[];
	readonly wanted: WantedPieces;
	readonly attempts: Set<Attempt>;
	lastError: GiggityflixError | undefined;
}

/** When somebody else is asked for a piece as well. */
const shortestPatienceMs = 500;
const longestPatienceMs = 3000;
const longestRestMs = 15_000;

export function createPieceMix(options: PieceMixOptions): PieceMix {
	const { pieces, shelf, clock } = options;
	const wanted = createWantedPieces({
		...{ pieces, shelf },
		onMissing: () => dispatch(mix),
		onShelved: (bytes) => options.onBytes(undefined, bytes),
	});
	const mix: Mix = { options, members: [], wanted, attempts: new Set(), lastError: undefined };
	return {
		join(source) {
			mix.members.push({ source, meter: createBusyMeter(), failures: 0, restsUntilMs: 0 });
			dispatch(mix);
		},
		ring() {
			for (const attempt of mix.attempts) {
				if (!attempt.member.source.isReady()) attempt.isLate = true;
			}
			dispatch(mix);
		},
		want: wanted.want,
		async offer(index, bytes) {
			if (await pieces.matches(index, bytes)) wanted.put(index, bytes);
		},
		isAtHand: wanted.isAtHand,
		hasOther: (name) =>
			mix.members.some((member) => member.source.name !== name && canSend(member, clock)),
		close(reason) {
			for (const member of mix.members) member.restsUntilMs = Infinity;
			mix.lastError = reason;
			giveUp(mix);
		},
	};
}

// ---------------------------------------------------------------- who is asked

function canSend({ source, restsUntilMs }: Member, clock: Clock): boolean {
	return restsUntilMs <= clock.monotonicMs() && source.isReady();
}

function dispatch(mix: Mix): void {
	const { members, wanted, options } = mix;
	if (members.length > 0 && members.every(isOfNoUse)) {
		if (options.mayMoreCome?.() !== true) giveUp(mix);
		return;
	}
	const ready = members.filter((member) => canSend(member, options.clock));
	// Fastest first, so that they choose first.
	ready.sort((one, other) => paceOf(other) - paceOf(one));
	for (const member of ready) {
		const others = ready.filter((other) => other !== member);
		const othersOf = ({ piece }: { readonly piece: MissingPiece }) =>
			others.filter((other) => hasPiece(other, piece)).map((other) => describePace(mix, other));
		for (;;) {
			const pace = describePace(mix, member);
			if (pace.running >= piecesAtOnce(pace.bytesPerSecond, options.pieces.pieceBytes)) break;
			const waiting = wanted
				.missing()
				.filter((piece) => isFor(mix, piece, member))
				.map((piece) => ({ piece, isLate: attemptsAt(mix, piece).length > 0 }));
			const chosen = choosePiece(waiting, pace, othersOf);
			if (chosen === undefined) break;
			void attempt(mix, member, chosen.piece);
		}
	}
}

function isOfNoUse({ source, restsUntilMs }: Member): boolean {
	return restsUntilMs === Infinity || (source.isExtra === true && !source.isReady());
}

const hasPiece = ({ source }: Member, { index }: MissingPiece) => source.has?.(index) !== false;
const paceOf = ({ meter }: Member) => meter.bytesPerSecond() ?? 0;
const attemptsAt = ({ attempts }: Mix, piece: MissingPiece) =>
	[...attempts].filter((attempt) => attempt.piece === piece);
const runningOf = ({ attempts }: Mix, member: Member) =>
	[...attempts].filter((attempt) => attempt.member === member).length;
const describePace = (mix: Mix, member: Member) => ({
	bytesPerSecond: member.meter.bytesPerSecond(),
	running: runningOf(mix, member),
});

/** Whether it has the piece, and nobody in time is at it. */
function isFor(mix: Mix, piece: MissingPiece, member: Member): boolean {
	const running = attemptsAt(mix, piece);
	return (
		hasPiece(member, piece) &&
		running.every((attempt) => attempt.isLate && attempt.member !== member)
	);
}

function giveUp({ wanted, lastError }: Mix): void {
	wanted.giveUp(lastError ?? new GiggityflixError('unavailable', 'nobody is left to ask'));
}

async function attempt(mix: Mix, member: Member, piece: MissingPiece): Promise<void> {
	const { clock, pieces } = mix.options;
	const { index } = piece;
	const running: Attempt = { member, piece, stop: new AbortController(), isLate: false };
	const signal = AbortSignal.any([running.stop.signal, piece.over]);
	mix.attempts.add(running);
	member.meter.start(clock.monotonicMs());
	void helpWhenLate(mix, running, signal);
	try {
		const onChunk = (bytes: number) => {
			member.meter.add(bytes, clock.monotonicMs());
			mix.options.onBytes(member.source.name, bytes);
		};
		const bytes = await fetchPiece(member.source, pieces, index, onChunk, signal);
		if (signal.aborted) return;
		member.failures = 0;
		if (member.source.isVerified === true || (await pieces.matches(index, bytes))) {
			mix.wanted.put(index, bytes);
		} else {
			banish(mix, member);
		}
	} catch (caught) {
		if (!signal.aborted) rest(mix, member, GiggityflixError.from(caught));
	} finally {
		mix.attempts.delete(running);
		member.meter.stop(clock.monotonicMs());
		running.stop.abort();
		dispatch(mix);
	}
}

async function helpWhenLate(mix: Mix, running: Attempt, signal: AbortSignal): Promise<void> {
	const { clock, pieces } = mix.options;
	const { member, piece } = running;
	const aheadBytes = runningOf(mix, member) * pieces.lengthOf(piece.index);
	const expectedMs = (aheadBytes * 1000) / (paceOf(member) || 1);
	const patienceMs = Math.min(longestPatienceMs, Math.max(shortestPatienceMs, 3 * expectedMs));
	try {
		await clock.sleep(patienceMs, signal);
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
	for (const attempt of mix.attempts) if (attempt.member === member) attempt.stop.abort();
	mix.options.onBad(member.source.name);
}

function rest(mix: Mix, member: Member, error: GiggityflixError): void {
	const { clock } = mix.options;
	if (member.restsUntilMs === Infinity) return;
	mix.lastError = error;
	// A source that cancels has been closed.
	if (isFinal(error.code) || error.code === 'cancelled') {
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
