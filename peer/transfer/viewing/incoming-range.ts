// One range being received: the frames that wait for a slow reader and the credit its owner has. The
// window bounds what waits; it starts small, so that a cancelled read wasted little, and doubles while
// the reader is the one who waits. Only the book-keeping; viewing-link.ts sends and receives.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { ByteRange } from '../byte-source.ts';
import type { PayloadFrame } from '../frames.ts';
import { mostDeflatedBytes } from './inflated-chunks.ts';

/** Enough for 100 Mbit/s over 80 ms. */
export const firstWindowBytes = 1024 * 1024;
/** The most that waits for one reader: 300 Mbit/s over 100 ms. */
export const maxWindowBytes = 4 * 1024 * 1024;

export interface IncomingRange {
	readonly requestId: number;
	/** A deflated one ends before. */
	readonly endBytes: number;
	readonly isDeflated: boolean;
	/** Next byte to arrive. */
	offsetBytes: number;
	readonly queue: Uint8Array<ArrayBuffer>[];
	queuedBytes: number;
	windowBytes: number;
	/** What the owner may still send. */
	creditBytes: number;
	state: 'receiving' | 'ended' | { readonly failed: GiggityflixError };
	/** Set while the reader waits. */
	wake: (() => void) | undefined;
}

export function createIncomingRange(
	requestId: number,
	wanted: ByteRange,
	isDeflated: boolean,
): IncomingRange {
	const { offsetBytes, lengthBytes } = wanted;
	return {
		requestId,
		isDeflated,
		endBytes: offsetBytes + (isDeflated ? mostDeflatedBytes(lengthBytes) : lengthBytes),
		offsetBytes,
		queue: [],
		queuedBytes: 0,
		windowBytes: firstWindowBytes,
		creditBytes: firstWindowBytes,
		state: 'receiving',
		wake: undefined,
	};
}

/** Throws `invalid-argument` when the owner leaves a gap or sends more than it may. */
export function takeFrame(range: IncomingRange, frame: PayloadFrame): void {
	const { payload, offsetBytes } = frame;
	if (offsetBytes !== range.offsetBytes) throw misbehaviour('payload is out of order');
	if (payload.length > range.creditBytes) throw misbehaviour('payload without credit');
	if (offsetBytes + payload.length > range.endBytes) throw misbehaviour('payload beyond the range');
	range.offsetBytes += payload.length;
	range.creditBytes -= payload.length;
	range.queue.push(payload);
	range.queuedBytes += payload.length;
	if (range.wake !== undefined) {
		range.windowBytes = Math.min(maxWindowBytes, range.windowBytes * 2);
		range.wake();
	}
}

/** Throws `invalid-argument` when bytes are missing. Whether they are of a deflated one shows when it is inflated. */
export function endRange(range: IncomingRange): void {
	if (!range.isDeflated && range.offsetBytes !== range.endBytes)
		throw misbehaviour('a range ended early');
	range.state = 'ended';
	range.wake?.();
}

export function failIncoming(range: IncomingRange, error: GiggityflixError): void {
	range.state = { failed: error };
	range.wake?.();
}

export function isFailed({ state }: IncomingRange): boolean {
	return state !== 'receiving' && state !== 'ended';
}

/** The next chunk for the reader, with the credit to give for the room it leaves; 0 while little has gathered. */
export function takeChunk(
	range: IncomingRange,
): { chunk: Uint8Array<ArrayBuffer>; grantBytes: number } | undefined {
	const chunk = range.queue.shift();
	if (chunk === undefined) return undefined;
	range.queuedBytes -= chunk.length;
	return { chunk, grantBytes: grantCredit(range) };
}

function grantCredit(range: IncomingRange): number {
	const missingBytes = range.endBytes - range.offsetBytes - range.creditBytes;
	const roomBytes = range.windowBytes - range.queuedBytes - range.creditBytes;
	// A quarter of the window at a time: a message for every frame would double the packets.
	if (missingBytes <= 0 || roomBytes < range.windowBytes / 4) return 0;
	const grantBytes = Math.min(roomBytes, missingBytes);
	range.creditBytes += grantBytes;
	return grantBytes;
}

function misbehaviour(reason: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', reason);
}
