// The viewer's end of a link: opens files of one owner and reads ranges of them, several at once. Each
// range holds at most its credit window in memory. An owner that breaks the protocol loses the link. Does
// not know WebRTC, nor what to do when the link is gone: remote-byte-source.ts does.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CatalogId } from '../../../proto/ids.ts';
import { maxConcurrentRanges, maxDeflatedRangeBytes } from '../../../proto/limits.ts';
import type { Compression, PeerLink } from '../../ports.ts';
import type { ByteRange, ByteSourceFacts } from '../byte-source.ts';
import { readOpenedFile } from '../file-description.ts';
import { decodeMessage, encodeControl, type ChannelMessage, type TransferBody } from '../frames.ts';
import {
	createIncomingRange,
	endRange,
	failIncoming,
	isFailed,
	takeChunk,
	takeFrame,
	type IncomingRange,
} from './incoming-range.ts';
import { inflateChunks } from './inflated-chunks.ts';
import type { LinkEnd } from '../negotiation/link-end.ts';
import { createDeferred, orAborted, type Deferred } from '../settling.ts';

export interface ViewingLink extends LinkEnd {
	/** Throws what the owner answered; `signal.reason` when aborted; `unavailable` when the link goes. */
	openFile(catalogId: CatalogId, signal: AbortSignal): Promise<ByteSourceFacts>;
	/** As `ByteSource.read`. A range beyond the owner's limit of ranges at once waits for another to end. */
	read(
		file: { catalogId: CatalogId; modifiedAtMs: number },
		range: ByteRange,
		signal: AbortSignal,
	): AsyncIterable<Uint8Array<ArrayBuffer>>;
	/** Whether ranges that are deflatable come deflated; known once a file is open. */
	comesDeflated(): boolean;
	route(): Promise<'direct' | 'relayed' | 'unknown'>;
	/** Aborted, with the reason, when the link is dead. */
	readonly closed: AbortSignal;
	close(): void;
}

export interface ViewingLinkOptions {
	readonly link: PeerLink;
	/** Absent: nothing is asked for deflated. */
	readonly compression?: Compression | undefined;
	/** Ends the session the link belongs to. */
	readonly closeLink: () => void;
}

interface Viewing extends ViewingLinkOptions {
	readonly opens: Map<number, Deferred<ByteSourceFacts>>;
	readonly ranges: Map<number, IncomingRange>;
	/** Readers that wait for a range to end. */
	readonly waiting: (() => void)[];
	readonly lifetime: AbortController;
	lastRequestId: number;
	canOwnerDeflate: boolean;
}

export function createViewingLink(options: ViewingLinkOptions): ViewingLink {
	const viewing: Viewing = {
		...options,
		opens: new Map(),
		ranges: new Map(),
		waiting: [],
		lifetime: new AbortController(),
		lastRequestId: 0,
		canOwnerDeflate: false,
	};
	return {
		openFile: (catalogId, signal) => openFile(viewing, catalogId, signal),
		read: (file, range, signal) => readRange(viewing, file, range, signal),
		comesDeflated: () => viewing.canOwnerDeflate && viewing.compression !== undefined,
		route: () => viewing.link.route(),
		closed: viewing.lifetime.signal,
		close: () => shut(viewing, new GiggityflixError('cancelled', 'the link was closed here')),
		handleMessage: (bytes) => receive(viewing, bytes),
		// A viewer sends too little to ever wait for its buffer.
		handleBufferLow: () => undefined,
		handleClosed: (error) => shut(viewing, GiggityflixError.from(error)),
	};
}

async function openFile(
	viewing: Viewing,
	catalogId: CatalogId,
	signal: AbortSignal,
): Promise<ByteSourceFacts> {
	signal.throwIfAborted();
	viewing.lifetime.signal.throwIfAborted();
	const requestId = nextRequestId(viewing);
	const answer = createDeferred<ByteSourceFacts>();
	viewing.opens.set(requestId, answer);
	const onAbort = () => answer.reject(signal.reason);
	signal.addEventListener('abort', onAbort, { once: true });
	try {
		viewing.link.send(encodeControl({ case: 'open', value: { requestId, catalogId } }));
		return await answer.promise;
	} finally {
		signal.removeEventListener('abort', onAbort);
		viewing.opens.delete(requestId);
	}
}

async function* readRange(
	viewing: Viewing,
	file: { catalogId: CatalogId; modifiedAtMs: number },
	wanted: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const { offsetBytes, lengthBytes, sideCar = 0 } = wanted;
	if (lengthBytes === 0) return;
	const compression = compressionFor(viewing, wanted);
	const isDeflated = compression !== undefined;
	const range = await takeTurn(viewing, wanted, isDeflated, signal);
	const { requestId } = range;
	const onAbort = () => range.wake?.();
	signal.addEventListener('abort', onAbort, { once: true });
	try {
		const value = {
			requestId,
			catalogId: file.catalogId,
			sideCar: sideCar === 'info-dictionary' ? 0 : sideCar,
			isInfoDictionary: sideCar === 'info-dictionary',
			offsetBytes: BigInt(offsetBytes),
			lengthBytes: BigInt(lengthBytes),
			modifiedAtMs: BigInt(file.modifiedAtMs),
			initialCreditBytes: range.creditBytes,
			isDeflated,
		};
		viewing.link.send(encodeControl({ case: 'range', value }));
		const chunks = receiveChunks(viewing, range, signal);
		yield* compression ? inflateChunks(chunks, lengthBytes, compression) : chunks;
	} catch (caught) {
		// What the owner said, or the reader, is no lie of the owner's.
		const isLie = isDeflated && !signal.aborted && !isFailed(range);
		if (isLie) shut(viewing, GiggityflixError.from(caught));
		throw caught;
	} finally {
		signal.removeEventListener('abort', onAbort);
		viewing.ranges.delete(requestId);
		if (range.state === 'receiving') {
			viewing.link.send(encodeControl({ case: 'cancel', value: { requestId } }));
			// Whoever inflates it may be waiting for more.
			failIncoming(range, new GiggityflixError('cancelled', 'nobody reads the range any more'));
		}
		wakeWaiting(viewing);
	}
}

function compressionFor(viewing: Viewing, wanted: ByteRange): Compression | undefined {
	const { isDeflatable = false, lengthBytes } = wanted;
	const isWanted = isDeflatable && viewing.canOwnerDeflate && lengthBytes <= maxDeflatedRangeBytes;
	return isWanted ? viewing.compression : undefined;
}

async function* receiveChunks(
	viewing: Viewing,
	range: IncomingRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	for (;;) {
		signal.throwIfAborted();
		const taken = takeChunk(range);
		if (taken !== undefined) {
			if (taken.grantBytes > 0 && range.state === 'receiving') {
				const value = { requestId: range.requestId, bytes: taken.grantBytes };
				viewing.link.send(encodeControl({ case: 'credit', value }));
			}
			yield taken.chunk;
		} else if (range.state === 'ended') {
			return;
		} else if (range.state !== 'receiving') {
			throw range.state.failed;
		} else {
			await new Promise<void>((resolve) => (range.wake = resolve));
			range.wake = undefined;
		}
	}
}

/** The range counts from the moment its turn comes: several may wait for one turn, and only one gets it. */
async function takeTurn(
	viewing: Viewing,
	wanted: ByteRange,
	isDeflated: boolean,
	signal: AbortSignal,
): Promise<IncomingRange> {
	for (;;) {
		signal.throwIfAborted();
		viewing.lifetime.signal.throwIfAborted();
		if (viewing.ranges.size < maxConcurrentRanges) {
			const range = createIncomingRange(nextRequestId(viewing), wanted, isDeflated);
			viewing.ranges.set(range.requestId, range);
			return range;
		}
		const turn = createDeferred<undefined>();
		viewing.waiting.push(() => turn.resolve(undefined));
		await orAborted(turn.promise, signal);
	}
}

function receive(viewing: Viewing, bytes: Uint8Array<ArrayBuffer>): void {
	if (viewing.lifetime.signal.aborted) return;
	try {
		handle(viewing, decodeMessage(bytes));
	} catch (caught) {
		shut(viewing, GiggityflixError.from(caught));
	}
}

function handle(viewing: Viewing, message: ChannelMessage): void {
	if (message.kind === 'control') {
		handleAnswer(viewing, message.body);
		return;
	}
	if (message.requestId > viewing.lastRequestId) throw misbehaviour('payload nobody asked for');
	// Frames of a cancelled range were on their way already.
	const range = viewing.ranges.get(message.requestId);
	if (range !== undefined) takeFrame(range, message);
}

function handleAnswer(viewing: Viewing, body: TransferBody): void {
	switch (body.case) {
		case 'opened':
			viewing.canOwnerDeflate = body.value.canDeflate;
			viewing.opens.get(body.value.requestId)?.resolve(readOpenedFile(body.value));
			return;
		case 'end': {
			const range = viewing.ranges.get(body.value.requestId);
			if (range !== undefined) endRange(range);
			return;
		}
		case 'failed': {
			const { requestId, failure } = body.value;
			const error =
				failure === undefined
					? new GiggityflixError('internal', 'a request failed without a reason')
					: GiggityflixError.fromFailure(failure);
			viewing.opens.get(requestId)?.reject(error);
			const range = viewing.ranges.get(requestId);
			if (range !== undefined) failIncoming(range, error);
			return;
		}
		case 'open':
		case 'range':
		case 'cancel':
		case 'credit':
			throw misbehaviour('an owner sends no requests');
	}
}

/** Ends everything. Closing a link that is closed already does nothing. */
function shut(viewing: Viewing, error: GiggityflixError): void {
	if (viewing.lifetime.signal.aborted) return;
	viewing.lifetime.abort(error);
	for (const answer of viewing.opens.values()) answer.reject(error);
	for (const range of viewing.ranges.values()) {
		if (range.state === 'receiving') failIncoming(range, error);
	}
	wakeWaiting(viewing);
	viewing.closeLink();
}

/** All of them, because one that was aborted in the meantime would waste the turn. */
function wakeWaiting(viewing: Viewing): void {
	for (const wake of viewing.waiting.splice(0)) wake();
}

/** Ids of 32 bits last for years at ten requests a second. */
function nextRequestId(viewing: Viewing): number {
	viewing.lastRequestId++;
	return viewing.lastRequestId;
}

function misbehaviour(reason: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', reason);
}
