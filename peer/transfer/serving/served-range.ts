// One range being sent to a viewer: where it is, what it may send and the slice it sends from. Only the
// book-keeping; serving-link.ts decides when to read and to send.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { RangeRequest } from '../../../proto/gen/giggityflix/v1/transfer_pb.js';
import type { OpenedRange } from './requested-range.ts';
import type { SliceReader } from './slice-reader.ts';

export interface ServedRange {
	readonly requestId: number;
	/** Whether it is an index that somebody waits for before anything else. */
	readonly isDeflated: boolean;
	/** Next byte to send. */
	offsetBytes: number;
	/** `Infinity` while a deflated stream goes on. */
	endBytes: number;
	/** Absent until the file is open. */
	reader: SliceReader | undefined;
	isReading: boolean;
	/** What is left of the slice read last. */
	slice: Uint8Array<ArrayBuffer> | undefined;
	creditBytes: number;
}

/** More credit than this is a mistake or an attempt at one: no viewer has room for it. */
const maxCreditBytes = 64 * 1024 * 1024;

/** Throws as `addCredit`. */
export function createServedRange(request: RangeRequest): ServedRange {
	const range: ServedRange = {
		requestId: request.requestId,
		isDeflated: request.isDeflated,
		offsetBytes: 0,
		endBytes: 0,
		reader: undefined,
		isReading: false,
		slice: undefined,
		creditBytes: 0,
	};
	addCredit(range, request.initialCreditBytes);
	return range;
}

/** From here on it can be read. */
export function beginServing(range: ServedRange, opened: OpenedRange): void {
	range.reader = opened.reader;
	range.offsetBytes = opened.offsetBytes;
	range.endBytes = range.isDeflated ? Infinity : opened.endBytes;
}

/** Throws `invalid-argument` when the sum is beyond reason. */
export function addCredit(range: ServedRange, bytes: number): void {
	range.creditBytes += bytes;
	if (range.creditBytes <= maxCreditBytes) return;
	throw new GiggityflixError('invalid-argument', 'a viewer gives too much credit');
}

/** Nothing is read ahead for a viewer that gives no credit. */
export function isWaitingForSlice(range: ServedRange): boolean {
	return (
		range.reader !== undefined &&
		range.slice === undefined &&
		!range.isReading &&
		range.creditBytes > 0
	);
}

/** The slice that was read; `undefined` at the end. */
export function takeSlice(range: ServedRange, slice: Uint8Array<ArrayBuffer> | undefined): void {
	range.isReading = false;
	range.slice = slice;
	if (slice === undefined) range.endBytes = range.offsetBytes;
}

/** Whether other ranges wait for it: media is no use before the index. Not while it waits for its own viewer. */
export function goesFirst(range: ServedRange): boolean {
	return range.isDeflated && range.reader !== undefined && range.creditBytes > 0;
}

export function hasPayloadReady(range: ServedRange): boolean {
	return range.slice !== undefined && range.creditBytes > 0;
}

/** Cuts the next payload off the slice and pays for it. Call only when `hasPayloadReady`. */
export function takePayload(range: ServedRange, maxBytes: number): Uint8Array<ArrayBuffer> {
	const slice = range.slice ?? new Uint8Array();
	const payload = slice.subarray(0, Math.min(maxBytes, range.creditBytes));
	range.slice = payload.length < slice.length ? slice.subarray(payload.length) : undefined;
	range.creditBytes -= payload.length;
	return payload;
}
