// Who of a swarm brings a piece in that nobody there has: a turn that all who know each other work out alike, so that
// they need not agree on it. Rule: only who is at the same place of the film has a turn; whoever is elsewhere, or has only
// come, brings in nothing there. Pure.

export interface TurnTaker {
	/** As everybody in the swarm knows it. */
	readonly name: string;
	has(piece: number): boolean;
}

/** Somebody who has one of so many pieces before it will want this one. */
const nearPieces = 32;

/**
 * How many of the others come before `own` at a piece; 0: it is on `own`. Every piece has another order, so that in a crowd
 * everybody comes first as often.
 */
export function turnAt(piece: number, own: string, others: readonly TurnTaker[]): number {
	const ownPlace = placeAt(piece, own);
	return others.filter(
		(other) => !other.has(piece) && placeAt(piece, other.name) < ownPlace && isNear(other, piece),
	).length;
}

function isNear(other: TurnTaker, piece: number): boolean {
	for (let before = piece - 1; before >= Math.max(0, piece - nearPieces); before -= 1) {
		if (other.has(before)) return true;
	}
	return false;
}

/** FNV-1a over name and number, mixed once more: names differ in their last characters, numbers in their last bits. */
function placeAt(piece: number, name: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < name.length; at += 1) {
		hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
	}
	hash = Math.imul(hash ^ piece, 0x01000193);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}
