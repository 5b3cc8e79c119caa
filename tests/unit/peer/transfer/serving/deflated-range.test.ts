// Ranges that travel deflated, over a whole link: what the two ends do together, and what each does about the other.
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import { maxDeflatedRangeBytes } from '../../../../../proto/limits.ts';
import {
	decodeMessage,
	encodeControl,
	encodePayload,
} from '../../../../../peer/transfer/frames.ts';
import { firstWindowBytes } from '../../../../../peer/transfer/viewing/incoming-range.ts';
import { createLinkPair } from '../../../../support/transfer/link-pair.ts';
import type { MemoryLink } from '../../../../support/transfer/memory-links.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	testBytes,
} from '../../../../support/transfer/offered-memory.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../../support/transfer/transfer-pair.ts';

const mebibyte = 1024 * 1024;
const film = testBytes(20 * mebibyte + 3);
const never = new AbortController().signal;

const messagesOf = (link: MemoryLink) => link.sentMessages.map(decodeMessage);
const saidOn = (link: MemoryLink) =>
	messagesOf(link).flatMap((message) => (message.kind === 'control' ? [message.body] : []));
const rangesAskedOn = (link: MemoryLink) =>
	saidOn(link).flatMap((body) => (body.case === 'range' ? [body.value] : []));

/** A viewer who has opened the film. */
async function createViewer(
	options: { bytes?: Uint8Array; canDeflate?: boolean; canInflate?: boolean } = {},
) {
	const { bytes = film, ...able } = options;
	const file = createMemoryFile(bytes);
	const pair = await createLinkPair({ offeredFiles: offerMemoryFile(file), ...able });
	await pair.viewing.openFile(filmId, never);
	const version = { catalogId: filmId, modifiedAtMs: file.modifiedAtMs };
	const read = (offsetBytes: number, lengthBytes: number, signal: AbortSignal = never) =>
		pair.viewing.read(version, { offsetBytes, lengthBytes, isDeflatable: true }, signal);
	return { file, pair, read };
}

describe('what is deflatable', () => {
	test('comes in fewer bytes and is the same', async () => {
		const { pair, read } = await createViewer();
		expect(pair.viewing.comesDeflated()).toBe(true);
		const bytes = await readAll(read(5, 3 * mebibyte));
		expect(bytes.equals(film.subarray(5, 5 + 3 * mebibyte))).toBe(true);
		expect(pair.sentBytes()).toBeLessThan(mebibyte);
		expect(saidOn(pair.ownerLink).at(-1)).toMatchObject({ case: 'end' });
	});

	test('and does not shrink comes as well, a window at a time', async () => {
		const noise = new Uint8Array(randomBytes(5 * mebibyte));
		const { pair, read } = await createViewer({ bytes: noise });
		const iterator = read(0, noise.length)[Symbol.asyncIterator]();
		const first = await iterator.next();
		await settle(300);
		expect(pair.sentBytes()).toBeLessThanOrEqual(4 * firstWindowBytes);
		const rest = await readAll({ [Symbol.asyncIterator]: () => iterator });
		expect(Buffer.concat([first.value ?? new Uint8Array(), rest]).equals(noise)).toBe(true);
		expect(pair.misbehaviours).toEqual([]);
	});

	test.each([
		['an owner who cannot', { canDeflate: false }],
		['a viewer who cannot', { canInflate: false }],
	])('comes plain with %s', async (_, able) => {
		const { pair, read } = await createViewer(able);
		expect(pair.viewing.comesDeflated()).toBe(false);
		expect((await readAll(read(0, mebibyte))).equals(film.subarray(0, mebibyte))).toBe(true);
		expect(pair.sentBytes()).toBe(mebibyte);
		expect(rangesAskedOn(pair.viewerLink)).toMatchObject([{ isDeflated: false }]);
	});

	test('and too long comes plain', async () => {
		const { pair, read } = await createViewer();
		const lengthBytes = maxDeflatedRangeBytes + 1;
		expect((await readAll(read(0, lengthBytes))).equals(film.subarray(0, lengthBytes))).toBe(true);
		expect(rangesAskedOn(pair.viewerLink)).toMatchObject([{ isDeflated: false }]);
	});

	test('is left half-way, and the link goes on', async () => {
		const { file, pair, read } = await createViewer({ bytes: randomBytes(20 * mebibyte) });
		for await (const chunk of read(0, 10 * mebibyte)) {
			expect(chunk.length).toBeGreaterThan(0);
			break;
		}
		await settle(50);
		const readCount = file.reads.length;
		await settle(100);
		expect(file.reads).toHaveLength(readCount);
		expect(saidOn(pair.viewerLink).at(-1)).toMatchObject({ case: 'cancel' });
		const bytes = await readAll(read(7, 1000));
		expect(bytes.equals(file.bytes.subarray(7, 1007))).toBe(true);
	});

	test('is aborted while nothing comes', async () => {
		const { pair, read } = await createViewer();
		pair.network.isHeld = true;
		const leaving = new AbortController();
		const reading = readAll(read(0, mebibyte, leaving.signal));
		await settle();
		leaving.abort(new Error('enough'));
		await expect(reading).rejects.toThrow('enough');
		expect(pair.viewing.closed.aborted).toBe(false);
	});

	test('of a file that fails in the middle ends as the owner says, and the link goes on', async () => {
		const { file, pair, read } = await createViewer({ bytes: randomBytes(10 * mebibyte) });
		const reading = (async () => {
			for await (const chunk of read(0, 8 * mebibyte)) {
				expect(chunk.length).toBeGreaterThan(0);
				file.readError = 'corrupt';
			}
		})();
		await expect(reading).rejects.toMatchObject({ code: 'corrupt', message: 'by the test' });
		expect(pair.viewing.closed.aborted).toBe(false);
	});
});

describe('an owner who lies loses the link', () => {
	const plain = testBytes(1000);
	// Opening the film was the first request.
	const requestId = 2;
	const payload = (bytes: Uint8Array) => encodePayload(requestId, 0, bytes);
	const end = encodeControl({ case: 'end', value: { requestId } });

	test.each<[string, readonly Uint8Array<ArrayBuffer>[]]>([
		['no stream', [payload(testBytes(900, 'noise').fill(0xff, 0, 3)), end]],
		['less than was asked for', [payload(deflateRawSync(plain.subarray(1))), end]],
		['more than was asked for', [payload(deflateRawSync(testBytes(1001))), end]],
		['half a stream', [payload(deflateRawSync(plain).subarray(0, 40)), end]],
		['nothing', [end]],
		['a bomb', [payload(deflateRawSync(new Uint8Array(mebibyte)).subarray(0, 1100))]],
	])('%s', async (_, messages) => {
		const { pair, read } = await createViewer();
		pair.network.isHeld = true;
		const reading = readAll(read(0, 1000));
		await settle();
		for (const message of messages) pair.viewing.handleMessage(message);
		await expect(reading).rejects.toMatchObject({ code: 'corrupt' });
		expect(pair.viewerLink.isClosed).toBe(true);
	});

	test('more bytes than any stream of that length has', async () => {
		const { pair, read } = await createViewer();
		pair.network.isHeld = true;
		const reading = readAll(read(0, 1000));
		await settle();
		pair.viewing.handleMessage(payload(new Uint8Array(2000)));
		await expect(reading).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(pair.viewerLink.isClosed).toBe(true);
	});
});

/** A viewer without a mind of its own. */
async function createOwner(canDeflate = true) {
	const file = createMemoryFile(film);
	const offeredFiles = offerMemoryFile(file);
	const pair = await createLinkPair({ offeredFiles, canDeflate, isViewerMute: true });
	const ask = (
		requestId: number,
		isDeflated: boolean,
		lengthBytes: number,
		credit = 16 * mebibyte,
	) =>
		pair.serving.handleMessage(
			encodeControl({
				case: 'range',
				value: {
					...{ requestId, catalogId: filmId, isDeflated, lengthBytes: BigInt(lengthBytes) },
					modifiedAtMs: BigInt(file.modifiedAtMs),
					initialCreditBytes: credit,
				},
			}),
		);
	const sentFor = () =>
		messagesOf(pair.ownerLink).flatMap((message) =>
			message.kind === 'payload' ? [message.requestId] : [],
		);
	return { file, pair, ask, sentFor };
}

describe('an owner', () => {
	test('sends it before what was asked for later', async () => {
		const { pair, ask, sentFor } = await createOwner();
		ask(1, true, 8 * mebibyte);
		ask(2, false, 2 * mebibyte);
		await expect.poll(() => saidOn(pair.ownerLink).length).toBe(2);
		expect(sentFor().lastIndexOf(1)).toBeLessThan(sentFor().indexOf(2));
	});

	test('sends others what they want while it waits for credit, which it keeps to', async () => {
		const { pair, ask, sentFor } = await createOwner();
		ask(1, true, 8 * mebibyte, 1000);
		ask(2, false, 2 * mebibyte);
		await expect.poll(() => saidOn(pair.ownerLink)).toMatchObject([{ value: { requestId: 2 } }]);
		expect(sentFor().filter((requestId) => requestId === 1)).toHaveLength(1);
		expect(pair.sentBytes()).toBe(2 * mebibyte + 1000);
	});

	test('reads nothing for a viewer that gives no credit', async () => {
		const { file, ask } = await createOwner();
		ask(1, true, 8 * mebibyte, 0);
		await settle(20);
		expect(file.reads).toEqual([]);
	});

	test.each([
		['what it cannot deflate', false, 1000],
		['what is too long', true, maxDeflatedRangeBytes + 1],
	])('refuses %s', async (_, canDeflate, lengthBytes) => {
		const { pair, ask } = await createOwner(canDeflate);
		ask(1, true, lengthBytes);
		await settle(20);
		const [answer] = saidOn(pair.ownerLink);
		if (answer?.case !== 'failed' || !answer.value.failure) throw new Error('no refusal came');
		expect(GiggityflixError.fromFailure(answer.value.failure).code).toBe('invalid-argument');
		expect(pair.misbehaviours).toEqual([]);
	});

	test('ends an empty one', async () => {
		const { pair, ask } = await createOwner();
		ask(1, true, 0);
		await expect.poll(() => saidOn(pair.ownerLink)).toMatchObject([{ case: 'end' }]);
	});
});
