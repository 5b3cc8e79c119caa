// Sends the ranges of one link: they take turns frame by frame within the credit their viewer gave; a deflated one goes
// before all others. The rule: it moves only when it is told to or a read completes, never by a timer, so that a hidden
// tab keeps its speed. Memory is bounded by the slices of served-range.ts and the link's high-water mark. Knows no
// requests.
import { maxTransferFrameBytes } from '../../../proto/limits.ts';
import type { Clock, PeerLink } from '../../ports.ts';
import { encodePayload, maxPayloadBytes } from '../frames.ts';
import { createLineAhead, type LineAhead } from './line-ahead.ts';
import type { OpenedRange } from './requested-range.ts';
import {
	beginServing,
	goesFirst,
	hasPayloadReady,
	isWaitingForSlice,
	takePayload,
	takeSlice,
	type ServedRange,
} from './served-range.ts';
import type { UploadCap } from './upload-cap.ts';

/** Most bytes handed to the link ahead of the network. Half of it ran dry between two reads on the fastest lines. */
export const highWaterBytes = 1024 * 1024;
/** When the link asks for more. */
export const bufferLowBytes = 256 * 1024;
/** On lines so slow that even this is long to wait behind. */
const leastAheadBytes = 320 * 1024;

/** Bytes of slices one link may hold, shared by its ranges. */
const sliceBudgetBytes = 16 * maxPayloadBytes;

export interface RangeSender {
	/** The ranges that are not over, by request id. */
	readonly ranges: ReadonlyMap<number, ServedRange>;
	/** It is one of them from now on, and sent once it is begun. */
	add(range: ServedRange): void;
	/** Returns whether it still was one of them; closes the reader otherwise. */
	begin(range: ServedRange, opened: OpenedRange): boolean;
	/** It ends without a word. */
	drop(range: ServedRange): void;
	/** Unless it has ended. */
	fail(range: ServedRange, error: unknown): void;
	/** Asked before each slice of each range. */
	maxSliceBytes(): number;
	/** Sends frames until the link is full, credit or slices are used up, or the cap says wait. */
	pump(): void;
	/** Ends all of them. */
	close(): void;
}

export interface RangeSenderOptions {
	readonly link: Pick<PeerLink, 'send' | 'bufferedBytes'>;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	readonly uploadCap: UploadCap;
	/** Payload was handed to the link. */
	readonly onSent: (bytes: number) => void;
	/** All of a range was sent. */
	readonly onEnded: (requestId: number) => void;
	readonly onFailed: (requestId: number, error: unknown) => void;
}

interface Sender extends RangeSenderOptions {
	readonly ranges: Map<number, ServedRange>;
	/** Every frame is written into it: a new buffer for each costs a browser more than the copy. */
	readonly frame: Uint8Array<ArrayBuffer>;
	readonly ahead: LineAhead;
	isWaitingForCap: boolean;
	isClosed: boolean;
}

export function createRangeSender(options: RangeSenderOptions): RangeSender {
	const sender: Sender = {
		...options,
		ranges: new Map(),
		frame: new Uint8Array(maxTransferFrameBytes),
		ahead: createLineAhead({
			...{ link: options.link, clock: options.clock },
			...{ leastBytes: leastAheadBytes, mostBytes: highWaterBytes },
		}),
		isWaitingForCap: false,
		isClosed: false,
	};
	return {
		ranges: sender.ranges,
		add: (range) => void sender.ranges.set(range.requestId, range),
		begin: (range, opened) => begin(sender, range, opened),
		drop(range) {
			drop(sender, range);
			pump(sender);
		},
		fail: (range, error) => fail(sender, range, error),
		maxSliceBytes: () => sliceBudgetBytes / Math.max(1, sender.ranges.size),
		pump: () => pump(sender),
		close() {
			sender.isClosed = true;
			for (const range of sender.ranges.values()) drop(sender, range);
		},
	};
}

function begin(sender: Sender, range: ServedRange, opened: OpenedRange): boolean {
	beginServing(range, opened);
	if (!isServed(sender, range)) {
		opened.reader.close();
		return false;
	}
	endIfComplete(sender, range);
	// While what was asked for before still fills the link.
	if (isServed(sender, range) && isWaitingForSlice(range)) void readSlice(sender, range);
	pump(sender);
	return true;
}

function pump(sender: Sender): void {
	const { uploadCap } = sender;
	while (!sender.isClosed && !sender.isWaitingForCap && sender.ahead.hasRoom()) {
		const range = takeTurn(sender);
		if (range === undefined) return;
		const payload = takePayload(range, uploadCap.maxPayloadBytes());
		const wait = uploadCap.take(payload.length);
		if (wait === undefined) {
			sendPayload(sender, range, payload);
		} else {
			sender.isWaitingForCap = true;
			void wait.then(() => {
				sender.isWaitingForCap = false;
				sendPayload(sender, range, payload);
				pump(sender);
			});
		}
	}
}

/** The next range with something to send goes to the back of the line. Ranges without a slice start to read one. */
function takeTurn(sender: Sender): ServedRange | undefined {
	const { ranges } = sender;
	const first = [...ranges.values()].find(goesFirst);
	for (const range of ranges.values()) {
		if (isWaitingForSlice(range)) void readSlice(sender, range);
		if (!hasPayloadReady(range) || (first !== undefined && range !== first)) continue;
		ranges.delete(range.requestId);
		ranges.set(range.requestId, range);
		return range;
	}
	return undefined;
}

async function readSlice(sender: Sender, range: ServedRange): Promise<void> {
	range.isReading = true;
	try {
		takeSlice(range, await range.reader?.next());
		endIfComplete(sender, range);
		pump(sender);
	} catch (error) {
		fail(sender, range, error);
	}
}

function sendPayload(sender: Sender, range: ServedRange, payload: Uint8Array<ArrayBuffer>): void {
	if (sender.isClosed || !isServed(sender, range)) return;
	const { requestId, offsetBytes, isDeflated } = range;
	const { length } = payload;
	sender.link.send(encodePayload(requestId, offsetBytes, payload, sender.frame));
	sender.ahead.handed(length);
	// Not what is deflated: other viewers get the same.
	if (!isDeflated) freeWithLast(payload);
	range.offsetBytes += length;
	sender.onSent(length);
	endIfComplete(sender, range);
}

/** Frees a slice with its last payload. Left to the collector of garbage, each of these mebibytes would call for it. */
function freeWithLast({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): void {
	if (byteOffset + byteLength < buffer.byteLength) return;
	// Browsers of 2023 lack it.
	(buffer as Partial<Pick<ArrayBuffer, 'transfer'>>).transfer?.(0);
}

function endIfComplete(sender: Sender, range: ServedRange): void {
	if (range.offsetBytes < range.endBytes || !isServed(sender, range)) return;
	drop(sender, range);
	sender.onEnded(range.requestId);
}

function fail(sender: Sender, range: ServedRange, error: unknown): void {
	if (!isServed(sender, range)) return;
	drop(sender, range);
	sender.onFailed(range.requestId, error);
	pump(sender);
}

/** It may have been cancelled, and its id used again. */
function isServed(sender: Sender, range: ServedRange): boolean {
	return sender.ranges.get(range.requestId) === range;
}

function drop(sender: Sender, range: ServedRange): void {
	sender.ranges.delete(range.requestId);
	range.reader?.close();
}
