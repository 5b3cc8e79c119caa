// How much lies in a link's buffer ahead of the network. The rule: a tenth of a second of it, because whatever a viewer
// jumps to waits behind it, and nothing that lies there can be taken back. Never so little that the line runs dry between
// two looks, and never more than the bound. Knows no frames and no ranges.
import type { Clock, PeerLink } from '../../ports.ts';

export interface LineAhead {
	/** Whether more may be handed over. To be asked before every frame. */
	hasRoom(): boolean;
	/** A frame was handed over. */
	handed(bytes: number): void;
}

export interface LineAheadOptions {
	readonly link: Pick<PeerLink, 'bufferedBytes'>;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	/** More than what makes the link ask for more. */
	readonly leastBytes: number;
	/** Also while nobody knows how fast the line is. */
	readonly mostBytes: number;
}

const aheadMs = 100;
/** Buffers empty in steps of a message; over less time they tell nothing. */
const shortestLookMs = 20;

export function createLineAhead({
	link,
	clock,
	leastBytes,
	mostBytes,
}: LineAheadOptions): LineAhead {
	let aheadBytes = mostBytes;
	let lookedAtMs = clock.monotonicMs();
	/** In the buffer then, and handed over since. */
	let knownBytes = 0;

	function look(bufferedBytes: number): void {
		const nowMs = clock.monotonicMs();
		const passedMs = nowMs - lookedAtMs;
		// When it ran dry nobody saw.
		const isTelling = bufferedBytes > 0 && passedMs >= shortestLookMs;
		if (bufferedBytes > 0 && !isTelling) return;
		if (isTelling) {
			const measuredBytes = ((knownBytes - bufferedBytes) / passedMs) * aheadMs;
			aheadBytes = Math.min(mostBytes, Math.max(leastBytes, (aheadBytes + measuredBytes) / 2));
		}
		lookedAtMs = nowMs;
		knownBytes = bufferedBytes;
	}

	return {
		hasRoom() {
			const bufferedBytes = link.bufferedBytes();
			look(bufferedBytes);
			return bufferedBytes < aheadBytes;
		},
		handed(bytes) {
			knownBytes += bytes;
		},
	};
}
