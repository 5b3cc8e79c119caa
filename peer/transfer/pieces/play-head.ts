// When a player needs what it reads: a film is played at its own pace from the moment it is asked for, so what has been
// read ahead of that is in hand. Rule: no player is thought to have more than a little in hand, for some play faster, and
// what they throw away is not told. Knows no pieces' bytes.
import type { Clock } from '../../ports.ts';
import type { Pieces } from './film-pieces.ts';
import type { PieceNeed } from './wanted-pieces.ts';

/** What browsers keep ahead of the picture, at least. */
const mostInHandMs = 20_000;

/**
 * Of a reader that begins at `startBytes` now. The returned function is called when a piece becomes wanted; everything
 * before `atBytes` has been read then.
 */
export function createPlayHead(
	clock: Pick<Clock, 'monotonicMs'>,
	{ sizeBytes, pieceBytes }: Pick<Pieces, 'sizeBytes' | 'pieceBytes'>,
	durationMs: number,
	startBytes: number,
): (index: number, atBytes: number) => PieceNeed {
	const startedAtMs = clock.monotonicMs();
	const bytesPerMs = sizeBytes / durationMs;
	return (index, atBytes) => {
		const wantedAtMs = clock.monotonicMs();
		const readMs = (atBytes - startBytes) / bytesPerMs;
		const inHandMs = Math.max(0, readMs - (wantedAtMs - startedAtMs));
		const aheadMs = (index * pieceBytes - atBytes) / bytesPerMs;
		return { wantedAtMs, neededAtMs: wantedAtMs + Math.min(mostInHandMs, inHandMs) + aheadMs };
	};
}
