// Pieces of one film from several sources at once: who is asked for which. Rule: no byte leaves here that was not
// verified; a source that sends a bad piece is never asked again, one that fails rests, one that is late is helped out
// by another. Knows nothing of peers, players or trust.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Clock } from '../../ports.ts';
import { createBusyMeter } from './busy-meter.ts';
import { choosePiece, piecesAtOnce } from './choose-piece.ts';
import { fetchPiece } from './fetch-piece.ts';
import type { Pieces } from './film-pieces.ts';
import { isFinal } from './final-reasons.ts';
import {
	attemptsAt,
	canSend,
	companyOf,
	describePace,
	isFree,
	isOfNoUse,
	paceOf,
	placeAt,
	runningOf,
	type Attempt,
	type Member,
	type MixSource,
	type MixState,
} from './mix-state.ts';
import type { PieceShelf } from './piece-shelf.ts';
import type { Company } from './spare-owners.ts';
import {
	createWantedPieces,
	type MissingPiece,
	type PieceNeed,
	type WantedPiece,
	type WantedPieces,
} from './wanted-pieces.ts';

export interface PieceMix {
	/** Another one to ask. */
	join(source: MixSource): void;
	/** Readiness of a source has changed. */
	ring(): void;
	/** A piece as soon as somebody has sent it. Fetched until it is there or released. */
	want(index: number, need?: PieceNeed): WantedPiece;
	/** A piece that came by another way; kept if it is good. */
	offer(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** Whether a piece needs nobody to send it. */
	isAtHand(index: number): boolean;
	/** Whether a source other than `name` could send now. */
	hasOther(name: string): boolean;
	/** Whether others who fetch the same are there. */
	hasCompany(): boolean;
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

interface Mix extends MixState {
	readonly options: PieceMixOptions;
	readonly members: Member[];
	readonly wanted: WantedPieces;
	readonly attempts: Set<Attempt>;
	lastError: GiggityflixError | undefined;
	/** A time for it is set. */
	isToLookAgain: boolean;
}

/** When somebody else is asked for a piece as well. */
const shortestPatienceMs = 500;
const longestPatienceMs = 3000;
const longestRestMs = 15_000;
const lookAgainMs = 500;

export function createPieceMix(options: PieceMixOptions): PieceMix {
	const { pieces, shelf, clock } = options;
	const wanted = createWantedPieces({
		...{ pieces, shelf },
		onMissing: () => dispatch(mix),
		onShelved: (bytes) => options.onBytes(undefined, bytes),
	});
	const mix: Mix = {
		...{ options, clock, members: [], wanted, attempts: new Set() },
		...{ lastError: undefined, isToLookAgain: false },
	};
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
			mix.members.some((member) => member.source.name !== name && canSend(mix, member)),
		hasCompany: () => companyOf(mix) !== undefined,
		close(reason) {
			for (const member of mix.members) member.restsUntilMs = Infinity;
			mix.lastError = reason;
			giveUp(mix);
		},
	};
}

// ---------------------------------------------------------------- who is asked

function dispatch(mix: Mix): void {
	const { members, options } = mix;
	if (members.length > 0 && members.every(isOfNoUse)) {
		if (options.mayMoreCome?.() !== true) giveUp(mix);
		return;
	}
	const ready = members.filter((member) => canSend(mix, member));
	const company = companyOf(mix);
	// Fastest first, so that they choose first.
	ready.sort((one, other) => paceOf(other) - paceOf(one));
	for (const member of ready) {
		const others = ready.filter((other) => other !== member);
		const othersOf = ({ piece }: { readonly piece: MissingPiece }) =>
			others
				.filter((other) => placeAt(mix, other, piece, company) !== undefined)
				.map((other) => describePace(mix, other));
		for (;;) {
			const pace = describePace(mix, member);
			const isMany = member.source.turn !== undefined;
			const most = piecesAtOnce(pace.bytesPerSecond, options.pieces.pieceBytes, isMany);
			if (pace.running >= most) break;
			const waiting = waitingFor(mix, member, company);
			const chosen = choosePiece(waiting, pace, othersOf);
			if (chosen === undefined) break;
			void attempt(mix, member, chosen.piece);
		}
	}
	if (company) lookAgain(mix);
}

/** What nobody in time is at, in the order a member is to be asked for it. */
function waitingFor(mix: Mix, member: Member, company: Company | undefined) {
	return mix.wanted
		.missing()
		.filter((piece) => isFree(mix, piece, member))
		.flatMap((piece) => {
			const place = placeAt(mix, member, piece, company);
			const isLate = attemptsAt(mix, piece).length > 0;
			return place === undefined ? [] : [{ piece, place, isLate }];
		})
		.sort((one, other) => one.place - other.place);
}

/** What is left to others now may be for an owner in a moment. */
function lookAgain(mix: Mix): void {
	const isLeft = mix.wanted
		.missing()
		.some((piece) => attemptsAt(mix, piece).every(({ isLate }) => isLate));
	if (mix.isToLookAgain || !isLeft) return;
	mix.isToLookAgain = true;
	mix.options.clock.sleep(lookAgainMs).then(
		() => {
			mix.isToLookAgain = false;
			dispatch(mix);
		},
		// The clock has stopped with the page.
		() => undefined,
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
