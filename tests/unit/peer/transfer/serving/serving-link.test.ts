import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import { maxConcurrentRanges } from '../../../../../proto/limits.ts';
import { encodePayload } from '../../../../../peer/transfer/frames.ts';
import {
	answersOf,
	createOwner,
	film,
	mebibyte,
} from '../../../../support/transfer/mute-viewer.ts';
import { filmId } from '../../../../support/transfer/offered-memory.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';

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
