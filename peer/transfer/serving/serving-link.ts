// The owner's end of a link: answers one viewer's requests for our files. The rule: it moves only when a
// message arrives, a read completes or the link's buffer falls low, never by a timer, so that a hidden
// tab keeps its speed. Ranges take turns frame by frame within the credit their viewer gave; a deflated one goes before
// all others. Memory is bounded by the slices of served-range.ts and the link's high-water mark. Knows no WebRTC.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { RangeRequest } from '../../../proto/gen/giggityflix/v1/transfer_pb.js';
import { parseCatalogId, type CatalogId } from '../../../proto/ids.ts';
import { maxConcurrentRanges } from '../../../proto/limits.ts';
import type { Compression, Logger, PeerLink } from '../../ports.ts';
import { describeOpenedFile } from '../file-description.ts';
import {
	decodeMessage,
	encodeControl,
	encodePayload,
	maxPayloadBytes,
	type TransferBody,
} from '../frames.ts';
import { createJumpWatch, type JumpWatch } from './jump-watch.ts';
import type { LinkEnd } from '../negotiation/link-end.ts';
import { openRequestedRange } from './requested-range.ts';
import {
	addCredit,
	beginServing,
	createServedRange,
	goesFirst,
	hasPayloadReady,
	isWaitingForSlice,
	takePayload,
	takeSlice,
	type ServedRange,
} from './served-range.ts';
import type { OfferedFiles } from '../transfers.ts';
import type { UploadCap } from './upload-cap.ts';

/** Bytes handed to the link ahead of the network. Half of it ran dry between two reads; twice as much only delays a
 * cancel. */
export const highWaterBytes = 1024 * 1024;
/** When the link asks for more. */
export const bufferLowBytes = 512 * 1024;

/** Control answers pile up only for a viewer that asks and never reads. */
const longestBacklogBytes = 4 * highWaterBytes;
/** Bytes of slices one link may hold, shared by its ranges. */
const sliceBudgetBytes = 16 * maxPayloadBytes;
/** Entries a viewer is counted under; the oldest is forgotten. */
const maxEntriesPerViewer = 32;

export interface ServingLink extends LinkEnd {
	/** What this viewer has opened. */
	readonly openedEntries: ReadonlySet<CatalogId>;
}

export interface ServingLinkOptions {
	readonly link: PeerLink;
	readonly offeredFiles: OfferedFiles;
	/** Absent: nothing is sent deflated. */
	readonly compression?: Compression | undefined;
	readonly uploadCap: UploadCap;
	readonly logger: Logger;
	/** Payload was handed to the link. */
	readonly onSent: (bytes: number) => void;
	readonly onEntriesChanged: () => void;
	/** The viewer has opened a film or jumped in it, and waits for a picture. */
	readonly onViewerWaits: () => void;
	/** The viewer broke the rules; nothing more is answered and the link is to be closed. */
	readonly onMisbehaviour: (error: GiggityflixError) => void;
}

interface Serving {
	readonly options: ServingLinkOptions;
	readonly ranges: Map<number, ServedRange>;
	readonly entries: Set<CatalogId>;
	readonly jumps: JumpWatch;
	openingCount: number;
	isWaitingForCap: boolean;
	isClosed: boolean;
}

export function createServingLink(options: ServingLinkOptions): ServingLink {
	const serving: Serving = {
		options,
		ranges: new Map(),
		entries: new Set(),
		jumps: createJumpWatch(maxEntriesPerViewer),
		openingCount: 0,
		isWaitingForCap: false,
		isClosed: false,
	};
	return {
		openedEntries: serving.entries,
		handleMessage: (bytes) => receive(serving, bytes),
		handleBufferLow: () => pump(serving),
		handleClosed: () => shut(serving),
	};
}

function receive(serving: Serving, bytes: Uint8Array<ArrayBuffer>): void {
	if (serving.isClosed) return;
	try {
		const message = decodeMessage(bytes);
		if (message.kind === 'payload') throw misbehaviour('a viewer sends no payload');
		obey(serving, message.body);
	} catch (caught) {
		shut(serving);
		serving.options.onMisbehaviour(GiggityflixError.from(caught));
	}
}

function obey(serving: Serving, body: TransferBody): void {
	switch (body.case) {
		case 'open':
			void answerOpen(serving, body.value.requestId, body.value.catalogId);
			return;
		case 'range':
			startRange(serving, body.value);
			return;
		case 'cancel':
			dropRange(serving, serving.ranges.get(body.value.requestId));
			pump(serving);
			return;
		case 'credit': {
			// The range may have ended while the credit was on its way.
			const range = serving.ranges.get(body.value.requestId);
			if (range !== undefined) addCredit(range, body.value.bytes);
			pump(serving);
			return;
		}
		case 'opened':
		case 'end':
		case 'failed':
			throw misbehaviour('a viewer sends no answers');
	}
}

async function answerOpen(serving: Serving, requestId: number, wanted: string): Promise<void> {
	if (serving.openingCount >= maxConcurrentRanges) {
		fail(serving, requestId, new GiggityflixError('resource-exhausted', 'too many opens at once'));
		return;
	}
	const { offeredFiles, compression } = serving.options;
	serving.openingCount++;
	try {
		const catalogId = parseCatalogId(wanted);
		const file = await offeredFiles.open(catalogId);
		if (serving.isClosed) return;
		serving.options.onViewerWaits();
		countEntry(serving, catalogId);
		const canDeflate = compression !== undefined;
		say(serving, { case: 'opened', value: describeOpenedFile(requestId, file, canDeflate) });
	} catch (error) {
		fail(serving, requestId, error);
	} finally {
		serving.openingCount--;
	}
}

function countEntry(serving: Serving, catalogId: CatalogId): void {
	const { entries } = serving;
	if (entries.has(catalogId)) return;
	const oldest = entries.size >= maxEntriesPerViewer ? [...entries][0] : undefined;
	if (oldest !== undefined) entries.delete(oldest);
	entries.add(catalogId);
	serving.options.onEntriesChanged();
}

function startRange(serving: Serving, request: RangeRequest): void {
	const { requestId } = request;
	if (serving.ranges.has(requestId)) throw misbehaviour('a request id is used twice');
	if (serving.ranges.size >= maxConcurrentRanges) {
		fail(serving, requestId, new GiggityflixError('resource-exhausted', 'too many ranges at once'));
		return;
	}
	const range = createServedRange(request);
	serving.ranges.set(requestId, range);
	void openRange(serving, range, request);
}

async function openRange(
	serving: Serving,
	range: ServedRange,
	request: RangeRequest,
): Promise<void> {
	try {
		const maxSliceBytes = () => sliceBudgetBytes / Math.max(1, serving.ranges.size);
		const opened = await openRequestedRange({ ...serving.options, maxSliceBytes }, request);
		beginServing(range, opened);
		if (!isServed(serving, range)) {
			opened.reader.close();
			return;
		}
		if (isOfFilm(request) && serving.jumps.isJump(request.catalogId, opened)) {
			serving.options.onViewerWaits();
		}
		endIfComplete(serving, range);
		// While what was asked for before still fills the link.
		if (isServed(serving, range) && isWaitingForSlice(range)) void readSlice(serving, range);
		pump(serving);
	} catch (error) {
		failRange(serving, range, error);
	}
}

function isOfFilm({ isInfoDictionary, sideCar }: RangeRequest): boolean {
	return !isInfoDictionary && sideCar === 0;
}

/** Sends frames until the link is full, credit or slices are used up, or the cap says wait. */
function pump(serving: Serving): void {
	const { link, uploadCap } = serving.options;
	while (!serving.isClosed && !serving.isWaitingForCap && link.bufferedBytes() < highWaterBytes) {
		const range = takeTurn(serving);
		if (range === undefined) return;
		const payload = takePayload(range, uploadCap.maxPayloadBytes());
		const wait = uploadCap.take(payload.length);
		if (wait === undefined) {
			sendPayload(serving, range, payload);
		} else {
			serving.isWaitingForCap = true;
			void wait.then(() => {
				serving.isWaitingForCap = false;
				sendPayload(serving, range, payload);
				pump(serving);
			});
		}
	}
}

/** The next range with something to send goes to the back of the line. Ranges without a slice start to read one. */
function takeTurn(serving: Serving): ServedRange | undefined {
	const { ranges } = serving;
	const first = [...ranges.values()].find(goesFirst);
	for (const range of ranges.values()) {
		if (isWaitingForSlice(range)) void readSlice(serving, range);
		if (!hasPayloadReady(range) || (first !== undefined && range !== first)) continue;
		ranges.delete(range.requestId);
		ranges.set(range.requestId, range);
		return range;
	}
	return undefined;
}

async function readSlice(serving: Serving, range: ServedRange): Promise<void> {
	range.isReading = true;
	try {
		takeSlice(range, await range.reader?.next());
		endIfComplete(serving, range);
		pump(serving);
	} catch (error) {
		failRange(serving, range, error);
	}
}

function sendPayload(serving: Serving, range: ServedRange, payload: Uint8Array<ArrayBuffer>): void {
	if (serving.isClosed || !isServed(serving, range)) return;
	serving.options.link.send(encodePayload(range.requestId, range.offsetBytes, payload));
	range.offsetBytes += payload.length;
	serving.options.onSent(payload.length);
	endIfComplete(serving, range);
}

function endIfComplete(serving: Serving, range: ServedRange): void {
	if (range.offsetBytes < range.endBytes || !isServed(serving, range)) return;
	dropRange(serving, range);
	say(serving, { case: 'end', value: { requestId: range.requestId } });
}

function failRange(serving: Serving, range: ServedRange, error: unknown): void {
	if (!isServed(serving, range)) return;
	dropRange(serving, range);
	fail(serving, range.requestId, error);
	pump(serving);
}

/** It may have been cancelled, and its id used again. */
function isServed(serving: Serving, range: ServedRange): boolean {
	return serving.ranges.get(range.requestId) === range;
}

function dropRange(serving: Serving, range: ServedRange | undefined): void {
	if (range === undefined) return;
	serving.ranges.delete(range.requestId);
	range.reader?.close();
}

function fail(serving: Serving, requestId: number, caught: unknown): void {
	const error = GiggityflixError.from(caught);
	if (error.code === 'internal') {
		serving.options.logger.warn('a request of a viewer failed', { reason: error.message });
	}
	say(serving, { case: 'failed', value: { requestId, failure: error.toFailure() } });
}

function say(serving: Serving, body: Parameters<typeof encodeControl>[0]): void {
	if (serving.isClosed) return;
	serving.options.link.send(encodeControl(body));
	if (serving.options.link.bufferedBytes() <= longestBacklogBytes) return;
	shut(serving);
	serving.options.onMisbehaviour(misbehaviour('a viewer asks and does not read'));
}

function shut(serving: Serving): void {
	serving.isClosed = true;
	for (const range of serving.ranges.values()) dropRange(serving, range);
	serving.entries.clear();
}

function misbehaviour(reason: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', reason);
}
