import { describe, expect, test } from 'vitest';
import { maxConcurrentRanges } from '../../../../../proto/limits.ts';
import {
	decodeMessage,
	encodeControl,
	encodePayload,
} from '../../../../../peer/transfer/frames.ts';
import {
	firstWindowBytes,
	maxWindowBytes,
} from '../../../../../peer/transfer/viewing/incoming-range.ts';
import { createLinkPair } from '../../../../support/transfer/link-pair.ts';
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

async function createViewer() {
	const file = createMemoryFile(film);
	const pair = await createLinkPair({ offeredFiles: offerMemoryFile(file) });
	const version = { catalogId: filmId, modifiedAtMs: file.modifiedAtMs };
	const read = (offsetBytes: number, lengthBytes: number, signal: AbortSignal = never) =>
		pair.viewing.read(version, { offsetBytes, lengthBytes }, signal);
	const asked = () =>
		pair.viewerLink.sentMessages
			.map(decodeMessage)
			.flatMap((message) => (message.kind === 'control' ? [message.body] : []));
	return { file, pair, read, asked };
}

describe('reading', () => {
	test('gives what was asked for', async () => {
		const { pair, read } = await createViewer();
		const facts = await pair.viewing.openFile(filmId, never);
		expect(facts).toMatchObject({ sizeBytes: film.length, fileName: 'film.mp4' });
		expect((await readAll(read(3, 20 * mebibyte))).equals(film.subarray(3))).toBe(true);
	});

	test('twenty ranges at once, no more of them on the wire than the owner takes', async () => {
		const { pair, read } = await createViewer();
		const offsets = Array.from({ length: 20 }, (_, index) => index * mebibyte);
		const results = await Promise.all(offsets.map((offset) => readAll(read(offset, 700_000))));
		for (const [index, offset] of offsets.entries()) {
			expect(results[index]?.equals(film.subarray(offset, offset + 700_000))).toBe(true);
		}
		expect(pair.misbehaviours).toEqual([]);
	});

	test('a turn that comes free is one reader’s, whoever else waits', async () => {
		const { pair, read, asked } = await createViewer();
		pair.network.isHeld = true;
		const leaving = new AbortController();
		const left = readAll(read(0, 1000, leaving.signal)).catch(() => 'left');
		const others = Array.from({ length: maxConcurrentRanges + 1 }, () => readAll(read(0, 1000)));
		await settle();
		leaving.abort(new Error('enough'));
		expect(await left).toBe('left');
		await settle();
		expect(asked().filter(({ case: kind }) => kind === 'range')).toHaveLength(
			maxConcurrentRanges + 1,
		);
		pair.network.isHeld = false;
		await Promise.all(others);
	});

	test('holds no more than the first window for a reader that does not come back', async () => {
		const { pair, read } = await createViewer();
		const iterator = read(0, 20 * mebibyte)[Symbol.asyncIterator]();
		const first = await iterator.next();
		await settle(200);
		const takenBytes = first.done === true ? 0 : first.value.length;
		// The window had its chance to double once, while the reader waited for the first chunk.
		expect(pair.sentBytes()).toBeLessThanOrEqual(2 * firstWindowBytes + takenBytes);
		await iterator.return?.();
	});

	test('opens the window for a reader who waits, up to its limit', async () => {
		const { pair, read, asked } = await createViewer();
		let readBytes = 0;
		let mostAheadBytes = 0;
		for await (const chunk of read(0, 20 * mebibyte)) {
			readBytes += chunk.length;
			mostAheadBytes = Math.max(mostAheadBytes, pair.sentBytes() - readBytes);
		}
		expect(mostAheadBytes).toBeLessThanOrEqual(maxWindowBytes);
		const grants = asked().flatMap((body) => (body.case === 'credit' ? [body.value.bytes] : []));
		expect(Math.max(...grants)).toBeGreaterThanOrEqual(maxWindowBytes / 4);
	});
});

describe('the info dictionary', () => {
	test('is longer than a frame and comes as it is', async () => {
		const infoDictionary = testBytes(300_000, 'hashes');
		const file = createMemoryFile(film);
		const offeredFiles = offerMemoryFile(file, undefined, infoDictionary);
		const { viewing } = await createLinkPair({ offeredFiles });
		const { infoDictionaryBytes = 0, modifiedAtMs } = await viewing.openFile(filmId, never);
		expect(infoDictionaryBytes).toBe(infoDictionary.length);
		const range = { offsetBytes: 0, lengthBytes: infoDictionaryBytes };
		const reading = viewing.read(
			{ catalogId: filmId, modifiedAtMs },
			{ ...range, sideCar: 'info-dictionary' },
			never,
		);
		expect((await readAll(reading)).equals(infoDictionary)).toBe(true);
		expect(file.reads).toEqual([]);
	});

	test('of a film that is not hashed is not there', async () => {
		const { pair, file } = await createViewer();
		expect(await pair.viewing.openFile(filmId, never)).not.toHaveProperty('infoDictionaryBytes');
		const version = { catalogId: filmId, modifiedAtMs: file.modifiedAtMs };
		const range = { offsetBytes: 0, lengthBytes: 10, sideCar: 'info-dictionary' } as const;
		await expect(readAll(pair.viewing.read(version, range, never))).rejects.toMatchObject({
			code: 'not-found',
		});
	});

	test('too long to be one is as good as none', async () => {
		const offeredFiles = offerMemoryFile(createMemoryFile(film), undefined, testBytes(600_000));
		const { viewing } = await createLinkPair({ offeredFiles });
		expect(await viewing.openFile(filmId, never)).not.toHaveProperty('infoDictionaryBytes');
	});
});

describe('leaving', () => {
	test('the loop cancels the transfer', async () => {
		const { read, asked } = await createViewer();
		for await (const chunk of read(0, 20 * mebibyte)) {
			expect(chunk.length).toBeGreaterThan(0);
			break;
		}
		expect(asked().at(-1)).toMatchObject({ case: 'cancel', value: { requestId: 1 } });
	});

	test('by the signal ends with its reason, also while nothing comes', async () => {
		const { pair, read, asked } = await createViewer();
		pair.network.isHeld = true;
		const leaving = new AbortController();
		const reading = readAll(read(0, 1000, leaving.signal));
		await settle();
		leaving.abort(new Error('enough'));
		await expect(reading).rejects.toThrow('enough');
		expect(asked().at(-1)?.case).toBe('cancel');
	});

	test('frames that were on their way are dropped', async () => {
		const { pair, read } = await createViewer();
		const leaving = new AbortController();
		const reading = readAll(read(0, 20 * mebibyte, leaving.signal));
		await settle(5);
		leaving.abort(new Error('enough'));
		await expect(reading).rejects.toThrow('enough');
		await settle(20);
		expect(pair.viewing.closed.aborted).toBe(false);
		expect((await readAll(read(5, 100))).equals(film.subarray(5, 105))).toBe(true);
	});

	test('a reader who waits for its turn gives the turn on', async () => {
		const { pair, read } = await createViewer();
		const iterators = Array.from({ length: maxConcurrentRanges }, (_, index) =>
			read(index, 10 * mebibyte)[Symbol.asyncIterator](),
		);
		await Promise.all(iterators.map((iterator) => iterator.next()));
		const leaving = new AbortController();
		const given = readAll(read(0, 10, leaving.signal));
		const patient = readAll(read(7, 10));
		await settle();
		leaving.abort(new Error('enough'));
		await expect(given).rejects.toThrow('enough');
		await iterators[0]?.return?.();
		expect((await patient).equals(film.subarray(7, 17))).toBe(true);
		expect(pair.misbehaviours).toEqual([]);
	});
});

describe('when the link goes', () => {
	test('what runs ends as unavailable', async () => {
		const { pair, read } = await createViewer();
		const reading = readAll(read(0, 20 * mebibyte));
		await settle(5);
		const opening = pair.viewing.openFile(filmId, never);
		pair.viewerLink.cut();
		await expect(reading).rejects.toMatchObject({ code: 'unavailable' });
		await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
		await expect(readAll(read(0, 1))).rejects.toMatchObject({ code: 'unavailable' });
		expect(pair.viewing.closed.aborted).toBe(true);
	});
});

describe('an owner that breaks the rules loses the link', () => {
	test.each<[string, Uint8Array<ArrayBuffer>]>([
		['bytes that are no frame', new Uint8Array([9])],
		['payload nobody asked for', encodePayload(7, 0, new Uint8Array(1))],
		['a gap', encodePayload(1, 5, new Uint8Array(1))],
		['payload beyond the range', encodePayload(1, 0, new Uint8Array(1001))],
		['an early end', encodeControl({ case: 'end', value: { requestId: 1 } })],
		['requests', encodeControl({ case: 'cancel', value: { requestId: 1 } })],
	])('%s', async (_, message) => {
		const { pair, read } = await createViewer();
		pair.network.isHeld = true;
		const reading = readAll(read(0, 1000));
		await settle();
		pair.viewing.handleMessage(message);
		await expect(reading).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(pair.viewerLink.isClosed).toBe(true);
	});

	test('payload without credit', async () => {
		const { pair, read } = await createViewer();
		pair.network.isHeld = true;
		const iterator = read(0, 20 * mebibyte)[Symbol.asyncIterator]();
		const first = iterator.next();
		await settle();
		const frame = (index: number) => encodePayload(1, index * 250_000, new Uint8Array(250_000));
		for (let index = 0; index < 4; index++) pair.viewing.handleMessage(frame(index));
		expect(pair.viewing.closed.aborted).toBe(false);
		pair.viewing.handleMessage(frame(4));
		expect(pair.viewing.closed.reason).toMatchObject({ code: 'invalid-argument' });
		await first;
	});
});
