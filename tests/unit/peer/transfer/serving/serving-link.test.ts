import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import { maxConcurrentRanges } from '../../../../../proto/limits.ts';
import {
	decodeMessage,
	encodeControl,
	encodePayload,
	maxPayloadBytes,
} from '../../../../../peer/transfer/frames.ts';
import { highWaterBytes } from '../../../../../peer/transfer/serving/range-sender.ts';
import { createLinkPair, type LinkPair } from '../../../../support/transfer/link-pair.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	testBytes,
} from '../../../../support/transfer/offered-memory.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';

const mebibyte = 1024 * 1024;
const film = testBytes(20 * mebibyte);

interface RangeChanges {
	offsetBytes?: number;
	lengthBytes?: number;
	credit?: number;
	sideCar?: number;
	modifiedAtMs?: number;
}

/** A viewer without a mind of its own: says exactly what the test says. */
async function createOwner(maxUploadKbps?: () => number) {
	const file = createMemoryFile(film);
	const pair = await createLinkPair({
		offeredFiles: offerMemoryFile(file),
		...(maxUploadKbps && { maxUploadKbps }),
		isViewerMute: true,
	});
	const range = (requestId: number, changes: RangeChanges = {}) =>
		pair.serving.handleMessage(
			encodeControl({
				case: 'range',
				value: {
					...{ requestId, catalogId: filmId, sideCar: changes.sideCar ?? 0 },
					offsetBytes: BigInt(changes.offsetBytes ?? 0),
					lengthBytes: BigInt(changes.lengthBytes ?? film.length),
					modifiedAtMs: BigInt(changes.modifiedAtMs ?? file.modifiedAtMs),
					initialCreditBytes: changes.credit ?? mebibyte,
				},
			}),
		);
	const say = (body: Parameters<typeof encodeControl>[0]) =>
		pair.serving.handleMessage(encodeControl(body));
	return { file, pair, range, say };
}

const answersOf = ({ ownerLink }: LinkPair) =>
	ownerLink.sentMessages
		.map(decodeMessage)
		.flatMap((message) => (message.kind === 'control' ? [message.body] : []));
const payloadsOf = ({ ownerLink }: LinkPair) =>
	ownerLink.sentMessages
		.map(decodeMessage)
		.flatMap((message) => (message.kind === 'payload' ? [message] : []));

describe('a viewer that waits for a picture', () => {
	test('has opened a film, begun or jumped in it, and not played on', async () => {
		const { pair, range, say } = await createOwner();
		say({ case: 'open', value: { requestId: 1, catalogId: filmId } });
		await settle();
		expect(pair.waitCount()).toBe(1);
		range(2, { lengthBytes: mebibyte });
		await settle();
		expect(pair.waitCount()).toBe(2);
		range(3, { offsetBytes: mebibyte, lengthBytes: mebibyte });
		await settle();
		expect(pair.waitCount()).toBe(2);
	});

	test('has not asked for a side-car, or for what is not there', async () => {
		const { pair, range, say } = await createOwner();
		say({ case: 'open', value: { requestId: 1, catalogId: 'b'.repeat(26) } });
		range(2, { sideCar: 1, lengthBytes: 1 });
		range(3, { offsetBytes: 2 * film.length, lengthBytes: mebibyte });
		await settle();
		expect(pair.waitCount()).toBe(0);
	});
});

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

describe('refusals', () => {
	const failureOf = async (act: (owner: Awaited<ReturnType<typeof createOwner>>) => void) => {
		const owner = await createOwner();
		act(owner);
		await settle(20);
		const [answer] = answersOf(owner.pair);
		expect(owner.pair.misbehaviours).toEqual([]);
		if (answer?.case !== 'failed') throw new Error('no refusal came');
		const { failure } = answer.value;
		return failure && GiggityflixError.fromFailure(failure).code;
	};

	test.each(['not-found', 'permission-denied', 'corrupt'] as const)(
		'a file that cannot be opened is refused as %s',
		async (code) => {
			const asRange = await failureOf(({ file, range }) => {
				file.openError = code;
				range(1);
			});
			const asOpen = await failureOf(({ file, say }) => {
				file.openError = code;
				say({ case: 'open', value: { requestId: 1, catalogId: filmId } });
			});
			expect([asRange, asOpen]).toEqual([code, code]);
		},
	);

	test('a file that fails in the middle ends its range alone', async () => {
		const { file, pair, range } = await createOwner();
		range(1, { credit: mebibyte });
		await settle(50);
		file.readError = 'corrupt';
		range(2, { offsetBytes: 5 * mebibyte, lengthBytes: 10 });
		await settle(50);
		expect(answersOf(pair)).toMatchObject([{ case: 'failed', value: { requestId: 2 } }]);
		expect(pair.misbehaviours).toEqual([]);
	});

	test.each<[string, string, Parameters<typeof failureOf>[0]]>([
		['a range beyond the end', 'invalid-argument', ({ range }) => range(1, { offsetBytes: 1 })],
		[
			'a version that is no more',
			'corrupt',
			({ file, range }) => {
				const openedAtMs = file.modifiedAtMs;
				file.modifiedAtMs = openedAtMs + 1;
				range(1, { modifiedAtMs: openedAtMs });
			},
		],
		[
			'a side-car that is not there',
			'not-found',
			({ range }) => range(1, { sideCar: 2, lengthBytes: 1 }),
		],
		[
			'a name that is no catalog id',
			'invalid-argument',
			({ say }) => say({ case: 'open', value: { requestId: 1, catalogId: '../etc' } }),
		],
	])('%s is refused as %s', async (_, code, act) => {
		expect(await failureOf(act)).toBe(code);
	});

	test('one range too many', async () => {
		const { pair, range } = await createOwner();
		for (let id = 1; id <= maxConcurrentRanges + 1; id++) range(id, { credit: 0 });
		await settle(20);
		expect(answersOf(pair)).toMatchObject([
			{ case: 'failed', value: { requestId: maxConcurrentRanges + 1 } },
		]);
	});
});

describe('a viewer that breaks the rules loses the link', () => {
	test.each<[string, (owner: Awaited<ReturnType<typeof createOwner>>) => void]>([
		['bytes that are no frame', ({ pair }) => pair.serving.handleMessage(new Uint8Array([9]))],
		['payload', ({ pair }) => pair.serving.handleMessage(encodePayload(1, 0, new Uint8Array(1)))],
		['answers', ({ say }) => say({ case: 'end', value: { requestId: 1 } })],
		[
			'a request id used twice',
			({ range }) => {
				range(1);
				range(1);
			},
		],
		['credit without end', ({ range }) => range(1, { credit: 0xffffffff })],
	])('%s', async (_, act) => {
		const owner = await createOwner();
		act(owner);
		await settle(20);
		expect(owner.pair.misbehaviours.map(({ code }: GiggityflixError) => code)).toEqual([
			'invalid-argument',
		]);
		expect(owner.pair.ownerLink.isClosed).toBe(true);
		expect(owner.pair.sentBytes()).toBe(0);
	});

	test('one that asks without end and never reads', async () => {
		const { pair, say } = await createOwner();
		pair.network.isHeld = true;
		for (let id = 1; id < 200_000 && pair.misbehaviours.length === 0; id++) {
			say({ case: 'open', value: { requestId: id, catalogId: filmId } });
			if (id % 16 === 0) await settle(1);
		}
		expect(pair.misbehaviours).toHaveLength(1);
		expect(pair.ownerLink.mostBufferedBytes).toBeLessThan(5 * mebibyte);
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
