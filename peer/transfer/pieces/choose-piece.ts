// Which piece a source that has nothing to do should fetch. Rule: what is needed next comes from whoever has it
// here first; a slower source takes what is needed later, and one nobody has measured is tried out on what is
// needed last. Pure.

export interface WaitingPiece {
	/** Somebody else is at it and takes too long. */
	readonly isLate: boolean;
}

export interface SourcePace {
	/** `undefined` while nothing is known. */
	readonly bytesPerSecond: number | undefined;
	/** Pieces it fetches now. */
	readonly running: number;
}

/** A slower source may take this many times as long as the fastest would. */
const patience = 2;

/**
 * The piece for `source`, or `undefined` when the others will be sooner with all of them. `waiting` is what it has, in
 * the order the reader needs it; `othersOf` a piece have it too and can send now.
 */
export function choosePiece<Piece extends WaitingPiece>(
	waiting: readonly Piece[],
	source: SourcePace,
	othersOf: (piece: Piece) => readonly SourcePace[],
): Piece | undefined {
	const late = waiting.find(({ isLate }) => isLate);
	if (late !== undefined) return late;
	return waiting.find((piece, position) => {
		const measured = othersOf(piece).filter(({ bytesPerSecond }) => bytesPerSecond !== undefined);
		if (measured.length === 0) return true;
		if (source.bytesPerSecond === undefined) {
			return source.running === 0 && position === waiting.length - 1;
		}
		const ownMs = (source.running + 1) / source.bytesPerSecond;
		return measured.every(({ bytesPerSecond = 0, running }) => {
			const theirMs = (running + position + 1) / bytesPerSecond;
			return ownMs <= patience * theirMs;
		});
	});
}

/**
 * Pieces one source fetches at once: enough to fill a line of half a second, and no more than an owner allows. Of many, who
 * have to be found and asked behind it, enough for two seconds.
 */
export function piecesAtOnce(
	bytesPerSecond: number | undefined,
	pieceBytes: number,
	isMany: boolean,
): number {
	const lineSeconds = isMany ? 2 : 0.5;
	const onLine = Math.ceil(((bytesPerSecond ?? 0) * lineSeconds) / pieceBytes);
	return Math.min(8, Math.max(2, onLine));
}
