import { describe, expect, test } from 'vitest';
import { maxConcurrentRanges } from '../../../../../proto/limits.ts';
import { maxPayloadBytes } from '../../../../../peer/transfer/frames.ts';
import { highWaterBytes } from '../../../../../peer/transfer/serving/range-sender.ts';
import {
	answersOf,
	createOwner,
	film,
	mebibyte,
	payloadsOf,
} from '../../../../support/transfer/mute-viewer.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';

describe('flow', () => {
	test('never goes beyond the credit', async () => {
		const { pair, range, say } = await createOwner();
		range(1, { credit: 300_000 });
		await settle(50);
		expect(pair.sentBytes()).toBe(300_000);
		say({ case: 'credit', value: { requestId: 1, bytes: 5 } });
		await settle(50);
		expect(pair.sentBytes()).toBe(300_005);
	});

	test('reads nothing for a viewer that gives no credit', async () => {
		const { file, range } = await createOwner();
		range(1, { credit: 0 });
		await settle(20);
		expect(file.reads).toHaveLength(0);
	});

	test('keeps the buffer of the link under the high-water mark and a frame', async () => {
		const { pair, range } = await createOwner();
		range(1, { credit: 20 * mebibyte });
		await settle(400);
		expect(pair.sentBytes()).toBe(film.length);
		expect(pair.ownerLink.mostBufferedBytes).toBeLessThan(highWaterBytes + 256 * 1024);
	});

	test('waits for a network that stands still, holding two slices at most', async () => {
		const { file, pair, range } = await createOwner();
		pair.network.isHeld = true;
		range(1, { credit: 20 * mebibyte });
		await settle(100);
		const readBytes = file.reads.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
		expect(readBytes - pair.sentBytes()).toBeLessThanOrEqual(2 * 16 * maxPayloadBytes);
		pair.network.isHeld = false;
		await settle(400);
		expect(pair.sentBytes()).toBe(film.length);
	});

	test('reads what a jump wants while what was wanted before still fills the link', async () => {
		const { file, pair, range } = await createOwner();
		pair.network.isHeld = true;
		range(1, { credit: 20 * mebibyte });
		await settle(100);
		range(2, { offsetBytes: 19 * mebibyte, lengthBytes: mebibyte });
		await settle(20);
		expect(file.reads.map(({ offsetBytes }) => offsetBytes)).toContain(19 * mebibyte);
		expect(payloadsOf(pair).every(({ requestId }) => requestId === 1)).toBe(true);
	});

	test('shares one memory bound among all ranges', async () => {
		const { file, pair, range } = await createOwner();
		pair.network.isHeld = true;
		for (let id = 1; id <= maxConcurrentRanges; id++) range(id, { credit: 20 * mebibyte });
		await settle(100);
		const readBytes = file.reads.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
		expect(readBytes - pair.sentBytes()).toBeLessThanOrEqual(2 * 16 * maxPayloadBytes);
	});

	test('takes turns between ranges', async () => {
		const { pair, range } = await createOwner();
		range(1, { credit: 4 * mebibyte });
		range(2, { credit: 4 * mebibyte, offsetBytes: 10 * mebibyte, lengthBytes: 5 * mebibyte });
		await settle(100);
		const firstTen = payloadsOf(pair)
			.slice(0, 10)
			.map(({ requestId }) => requestId);
		expect(firstTen.filter((id) => id === 1).length).toBeGreaterThanOrEqual(4);
		expect(firstTen.filter((id) => id === 2).length).toBeGreaterThanOrEqual(4);
	});

	test('needs no timer without an upload cap', async () => {
		const { pair, range } = await createOwner();
		range(1, { credit: 20 * mebibyte });
		await settle(400);
		expect(pair.sentBytes()).toBe(film.length);
		expect(pair.clock.sleepCount).toBe(0);
	});

	test('keeps to the upload cap', async () => {
		const { pair, range } = await createOwner(() => 8000);
		range(1, { credit: 20 * mebibyte });
		await pair.clock.advance(5000);
		expect(pair.sentBytes()).toBeGreaterThan(4_500_000);
		expect(pair.sentBytes()).toBeLessThan(5_500_000);
	});

	test('stops at a cancel', async () => {
		const { pair, range, say } = await createOwner();
		pair.network.isHeld = true;
		range(1, { credit: 20 * mebibyte });
		await settle(20);
		say({ case: 'cancel', value: { requestId: 1 } });
		const before = pair.sentBytes();
		pair.network.isHeld = false;
		await settle(100);
		expect(pair.sentBytes()).toBe(before);
		expect(answersOf(pair)).toEqual([]);
	});

	test('ends a range once, also an empty one', async () => {
		const { pair, range } = await createOwner();
		range(1, { lengthBytes: 10 });
		range(2, { lengthBytes: 0 });
		await settle(20);
		const ends = answersOf(pair).map((body) => [body.case, body.value.requestId]);
		expect(ends.toSorted()).toEqual([
			['end', 1],
			['end', 2],
		]);
	});
});

describe('frames', () => {
	test('begin small, so that a picture is not kept waiting, and are as few as can be', async () => {
		const { file, pair, range } = await createOwner();
		range(1, { lengthBytes: 256 * 1024 });
		await settle(20);
		const sizes = payloadsOf(pair).map(({ payload }) => payload.length / 1024);
		expect(sizes).toEqual([64, 192]);
		expect(file.reads).toHaveLength(2);
	});
});
