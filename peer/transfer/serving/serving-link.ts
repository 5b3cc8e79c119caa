// The owner's end of a link: answers one viewer's requests for our files and holds the viewer to the protocol. The bytes
// themselves are sent by range-sender.ts. Knows no WebRTC.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { RangeRequest } from '../../../proto/gen/giggityflix/v1/transfer_pb.js';
import { parseCatalogId, type CatalogId } from '../../../proto/ids.ts';
import { maxConcurrentRanges } from '../../../proto/limits.ts';
import type { Clock, Compression, Logger, PeerLink } from '../../ports.ts';
import { describeOpenedFile } from '../file-description.ts';
import { decodeMessage, encodeControl, type TransferBody } from '../frames.ts';
import { createJumpWatch, type JumpWatch } from './jump-watch.ts';
import type { LinkEnd } from '../negotiation/link-end.ts';
import { createRangeSender, highWaterBytes, type RangeSender } from './range-sender.ts';
import { openRequestedRange } from './requested-range.ts';
import { addCredit, createServedRange, type ServedRange } from './served-range.ts';
import type { OfferedFiles } from '../transfers.ts';
import type { UploadCap } from './upload-cap.ts';

/** Control answers pile up only for a viewer that asks and never reads. */
const longestBacklogBytes = 4 * highWaterBytes;
/** Entries a viewer is counted under; the oldest is forgotten. */
const maxEntriesPerViewer = 32;

export interface ServingLink extends LinkEnd {
	/** What this viewer has opened. */
	readonly openedEntries: ReadonlySet<CatalogId>;
}

export interface ServingLinkOptions {
	readonly link: PeerLink;
	readonly clock: Pick<Clock, 'monotonicMs'>;
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
	readonly sender: RangeSender;
	readonly entries: Set<CatalogId>;
	readonly jumps: JumpWatch;
	openingCount: number;
	isClosed: boolean;
}

export function createServingLink(options: ServingLinkOptions): ServingLink {
	const serving: Serving = {
		options,
		sender: createRangeSender({
			...options,
			onEnded: (requestId) => say(serving, { case: 'end', value: { requestId } }),
			onFailed: (requestId, error) => fail(serving, requestId, error),
		}),
		entries: new Set(),
		jumps: createJumpWatch(maxEntriesPerViewer),
		openingCount: 0,
		isClosed: false,
	};
	return {
		openedEntries: serving.entries,
		handleMessage: (bytes) => receive(serving, bytes),
		handleBufferLow: serving.sender.pump,
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
	const { sender } = serving;
	switch (body.case) {
		case 'open':
			void answerOpen(serving, body.value.requestId, body.value.catalogId);
			return;
		case 'range':
			startRange(serving, body.value);
			return;
		// The range of these two may have ended while they were on their way.
		case 'cancel': {
			const range = sender.ranges.get(body.value.requestId);
			if (range !== undefined) sender.drop(range);
			return;
		}
		case 'credit': {
			const range = sender.ranges.get(body.value.requestId);
			if (range !== undefined) addCredit(range, body.value.bytes);
			sender.pump();
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
	const { sender } = serving;
	const { requestId } = request;
	if (sender.ranges.has(requestId)) throw misbehaviour('a request id is used twice');
	if (sender.ranges.size >= maxConcurrentRanges) {
		fail(serving, requestId, new GiggityflixError('resource-exhausted', 'too many ranges at once'));
		return;
	}
	const range = createServedRange(request);
	sender.add(range);
	void openRange(serving, range, request);
}

async function openRange(
	serving: Serving,
	range: ServedRange,
	request: RangeRequest,
): Promise<void> {
	const { options, sender, jumps } = serving;
	try {
		const { maxSliceBytes } = sender;
		const opened = await openRequestedRange({ ...options, maxSliceBytes }, request);
		if (!sender.begin(range, opened)) return;
		if (isOfFilm(request) && jumps.isJump(request.catalogId, opened)) options.onViewerWaits();
	} catch (error) {
		sender.fail(range, error);
	}
}

function isOfFilm({ isInfoDictionary, sideCar }: RangeRequest): boolean {
	return !isInfoDictionary && sideCar === 0;
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
	serving.sender.close();
	serving.entries.clear();
}

function misbehaviour(reason: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', reason);
}
