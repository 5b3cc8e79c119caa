// What a mix knows of those who send and of what they are sending, and how that is read. Changes nothing.
import type { Clock } from '../../ports.ts';
import type { BusyMeter } from './busy-meter.ts';
import type { PieceSender } from './fetch-piece.ts';
import { placeAtOwner, type Company } from './spare-owners.ts';
import type { MissingPiece } from './wanted-pieces.ts';

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
	/** Of others who fetch the same: how many are to bring in a piece they all lack before we are. */
	turn?(index: number): number;
}

export interface Member {
	readonly source: MixSource;
	readonly meter: BusyMeter;
	failures: number;
	/** Not asked before; `Infinity` for good. */
	restsUntilMs: number;
}

/** One source, one piece. */
export interface Attempt {
	readonly member: Member;
	readonly piece: MissingPiece;
	readonly stop: AbortController;
	/** Somebody else may try as well. */
	isLate: boolean;
}

export interface MixState {
	readonly clock: Clock;
	readonly members: readonly Member[];
	readonly attempts: ReadonlySet<Attempt>;
}

export function canSend(
	{ clock }: Pick<MixState, 'clock'>,
	{ source, restsUntilMs }: Member,
): boolean {
	return restsUntilMs <= clock.monotonicMs() && source.isReady();
}

/** Others who fetch the same and are there now. */
export function companyOf(mix: MixState): Company | undefined {
	for (const member of mix.members) {
		const { has, turn } = member.source;
		if (has && turn && canSend(mix, member)) return { has, turn };
	}
	return undefined;
}

export function isOfNoUse({ source, restsUntilMs }: Member): boolean {
	return restsUntilMs === Infinity || (source.isExtra === true && !source.isReady());
}

/** How soon a member is to be asked for a piece, 0 first; `undefined`: it has not got it, or is to be spared it. */
export function placeAt(
	{ clock }: MixState,
	{ source }: Member,
	piece: MissingPiece,
	company: Company | undefined,
): number | undefined {
	if (source.has?.(piece.index) === false) return undefined;
	const isSpared = company !== undefined && source.turn === undefined;
	return isSpared ? placeAtOwner(piece, company, clock.monotonicMs()) : 0;
}

/** Whether nobody in time is at a piece. */
export function isFree(mix: MixState, piece: MissingPiece, member: Member): boolean {
	const running = attemptsAt(mix, piece);
	return running.every((attempt) => attempt.isLate && attempt.member !== member);
}

export function attemptsAt({ attempts }: MixState, piece: MissingPiece): Attempt[] {
	return [...attempts].filter((attempt) => attempt.piece === piece);
}

export function runningOf({ attempts }: MixState, member: Member): number {
	return [...attempts].filter((attempt) => attempt.member === member).length;
}

export const paceOf = ({ meter }: Member) => meter.bytesPerSecond() ?? 0;

export const describePace = (mix: MixState, member: Member) => ({
	bytesPerSecond: member.meter.bytesPerSecond(),
	running: runningOf(mix, member),
});
