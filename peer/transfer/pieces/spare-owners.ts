// Which pieces an owner is asked for while others who watch the film are there. Rule: what is urgent is fetched at once, as
// without them; of the rest each viewer brings in what is its turn, for all of them, and leaves what they have to the
// swarm. Nothing is left to others for long, for they may be slow, or do something else. Pure.
import type { PieceNeed } from './wanted-pieces.ts';

/** What others who watch know of a piece. */
export interface Company {
	/** Whether one of them has it. */
	has(index: number): boolean;
	/** How many of them are to bring it in before us. */
	turn(index: number): number;
}

/** What is needed sooner is fetched without regard for others. */
const urgentMs = 4000;
/** What each of those whose turn comes before has to bring it in. */
const turnMs = 2000;
/** What those who have it have to send it. */
const sendMs = 4000;

/** The place of a piece that others have: no swarm has so many members. */
const afterAllTurns = 1000;

/**
 * How soon an owner is to be asked for a piece, 0 first; `undefined`: not yet, for others have it or are to bring it in.
 */
export function placeAtOwner(
	{ index, need }: { readonly index: number; readonly need: PieceNeed | undefined },
	company: Company,
	nowMs: number,
): number | undefined {
	if (need === undefined || need.neededAtMs - nowMs <= urgentMs) return 0;
	const waitedMs = nowMs - need.wantedAtMs;
	if (company.has(index)) return waitedMs < sendMs ? undefined : afterAllTurns;
	const turn = company.turn(index);
	return waitedMs < turn * turnMs ? undefined : 1 + turn;
}
