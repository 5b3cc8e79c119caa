// The beginning of a read from an owner who is believed: byte by byte as it comes, because a whole piece is long to
// wait for. Rule: once the film's pieces are known it is the end of one piece a read, two at most, then the mix goes on;
// an owner who stalls is left at once when somebody else can send.
import type { Clock } from '../../ports.ts';
import type { ByteRange } from '../byte-source.ts';
import type { Member, Shared, Verified } from './shared-state.ts';

/** Less than any player has buffered, more than a busy line takes to breathe. */
const stallMs = 1500;
/** What a player needs for its first picture somewhere: the pieces of the mix come whole, one after the other. */
const leastDirectBytes = 256 * 1024;

export interface DirectRead extends ByteRange {
	readonly shared: Shared;
	readonly believed: Member;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}

/** May end before the range does; whoever reads goes on at the next byte by another way. */
export async function* readDirectly(
	wanted: DirectRead,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const { shared, believed, offsetBytes } = wanted;
	let endBytes = offsetBytes + wanted.lengthBytes;
	let verified = shared.verified;
	if (verified) {
		if (!isOfUse(verified, believed, offsetBytes)) return;
		endBytes = Math.min(endBytes, directEndAfter(verified, offsetBytes));
	}
	const whole = verified && collectorFor(verified, offsetBytes, endBytes);
	let at = offsetBytes;
	for await (const chunk of patientChunks(wanted, at, endBytes)) {
		if (!verified && shared.verified) {
			verified = shared.verified;
			endBytes = Math.min(endBytes, directEndAfter(verified, at));
		}
		const taken = chunk.length > endBytes - at ? chunk.slice(0, endBytes - at) : chunk;
		whole?.add(taken);
		at += taken.length;
		if (taken.length > 0) yield taken;
		if (at >= endBytes) break;
	}
	whole?.offer();
}

function isOfUse({ mix, pieces }: Verified, { remote }: Member, at: number): boolean {
	const index = Math.floor(at / pieces.pieceBytes);
	return remote.connection().kind === 'open' && !mix.isAtHand(index);
}

/** The end of the piece, or of the next one where too little of it is left for a picture. */
function directEndAfter({ mix, pieces: { pieceBytes } }: Verified, at: number): number {
	const nextIndex = Math.floor(at / pieceBytes) + 1;
	const endBytes = nextIndex * pieceBytes;
	const isEnough = endBytes - at >= Math.min(leastDirectBytes, pieceBytes);
	return isEnough || mix.isAtHand(nextIndex) ? endBytes : endBytes + pieceBytes;
}

/** A piece that comes whole is checked behind the reader's back, and kept like any other. */
function collectorFor({ pieces, mix }: Verified, startBytes: number, endBytes: number) {
	const index = startBytes / pieces.pieceBytes;
	const lengthBytes = endBytes - startBytes;
	if (!Number.isInteger(index) || lengthBytes !== pieces.lengthOf(index)) return undefined;
	const bytes = new Uint8Array(lengthBytes);
	let filledBytes = 0;
	return {
		add(chunk: Uint8Array) {
			bytes.set(chunk, filledBytes);
			filledBytes += chunk.length;
		},
		offer() {
			// Digests do not fail.
			if (filledBytes === lengthBytes) void mix.offer(index, bytes);
		},
	};
}

async function* patientChunks(
	{ shared, believed, clock, signal }: DirectRead,
	at: number,
	endBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const leaving = new AbortController();
	const range = { offsetBytes: at, lengthBytes: endBytes - at };
	const chunks = believed.remote.read(range, AbortSignal.any([signal, leaving.signal]));
	const iterator = chunks[Symbol.asyncIterator]();
	try {
		for (;;) {
			const next = iterator.next();
			while ((await firstOf(next, clock)) === 'late') {
				if (!shared.verified?.mix.hasOther(believed.peerId)) continue;
				// Whatever becomes of it, nobody waits any more.
				next.catch(() => undefined);
				return;
			}
			const result = await next;
			if (result.done) return;
			yield result.value;
		}
	} finally {
		leaving.abort();
		// A read that stands still ends only with the signal.
		void iterator.return?.().catch(() => undefined);
	}
}

async function firstOf(next: Promise<unknown>, clock: Clock): Promise<'here' | 'late'> {
	const timer = new AbortController();
	const late = clock.sleep(stallMs, timer.signal).then(
		() => 'late' as const,
		() => 'here' as const,
	);
	const here = next.then(
		() => 'here' as const,
		() => 'here' as const,
	);
	try {
		return await Promise.race([here, late]);
	} finally {
		timer.abort();
	}
}
