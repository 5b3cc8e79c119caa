// Viewers of one film beside each other: what the owner has to send, who stands still, and what a viewer loses by company.
import { describe, expect, test } from 'vitest';
import { watchTogether, type Together } from '../../../../support/transfer/watching-together.ts';

/** A little more than a piece a second. */
const filmBytesPerSecond = 4900;
const evening: Together = {
	...{ viewers: 5, filmBytesPerSecond, filmSeconds: 120 },
	ownerBytesPerSecond: 12 * filmBytesPerSecond,
	viewerBytesPerSecond: 8 * filmBytesPerSecond,
	as: 'plays',
};
const apart = (together: Together) => watchTogether({ ...together, viewerBytesPerSecond: 0 });
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('five viewers of one owner', () => {
	test('who begin together take less than half of what five direct streams take', async () => {
		const { copies, stalledMs, waitedMs } = await watchTogether(evening);
		const direct = await apart(evening);
		expect(direct.copies).toBeCloseTo(5, 0);
		expect(copies).toBeLessThan(2.2);
		expect(sum(stalledMs)).toBe(0);
		expect(sum(waitedMs)).toBeLessThanOrEqual(sum(direct.waitedMs));
	});

	test('who begin one after the other do as well', async () => {
		const { copies, stalledMs } = await watchTogether({ ...evening, apartMs: 3000 });
		expect(copies).toBeLessThan(2.2);
		expect(sum(stalledMs)).toBe(0);
	});

	test('whose owner cannot send the film five times see it without a stop', async () => {
		const narrow = { ...evening, apartMs: 3000, ownerBytesPerSecond: 3 * filmBytesPerSecond };
		const { copies, stalledMs } = await watchTogether(narrow);
		expect(copies).toBeLessThan(1.7);
		expect(Math.max(...stalledMs)).toBeLessThan(500);
		expect(Math.max(...(await apart(narrow)).stalledMs)).toBeGreaterThan(30_000);
	});

	test('who save it have it in less than half the time', async () => {
		const saving: Together = { ...evening, as: 'saves' };
		const together = await watchTogether(saving);
		expect(together.copies).toBeLessThan(2.2);
		expect(together.elapsedMs).toBeLessThan((await apart(saving)).elapsedMs / 2);
	});

	test.each(['leaves', 'freezes'] as const)(
		'of whom one %s half-way: the others see it without a stop',
		async (does) => {
			const first = { does, atMs: 10_000 };
			const { copies, stalledMs } = await watchTogether({ ...evening, first });
			expect(sum(stalledMs.slice(1))).toBe(0);
			expect(copies).toBeLessThan(3);
		},
	);

	test('who have hardly a line to send on see it without a stop', async () => {
		const slow = { ...evening, viewerBytesPerSecond: 0.3 * filmBytesPerSecond };
		expect(sum((await watchTogether(slow)).stalledMs)).toBe(0);
	});
});

describe('a viewer loses nothing', () => {
	const saving: Together = { ...evening, as: 'saves', viewers: 1 };

	test('alone', async () => {
		expect(await watchTogether(saving)).toEqual(await apart(saving));
	});

	test('with members of the swarm who have nothing to give', async () => {
		const alone = await watchTogether(saving);
		// The others have come, and begin when the first has long finished.
		const first = await watchTogether({ ...saving, viewers: 3, apartMs: 60_000 });
		expect(first.tookMs[0]).toBeLessThanOrEqual(alone.tookMs[0]! * 1.05);
		expect(first.waitedMs[0]).toBe(alone.waitedMs[0]);
	});

	test('but some seconds by a member who has everything and sends slowly: the rest comes from the owner', async () => {
		const alone = await watchTogether(saving);
		const second = await watchTogether({
			...{ ...saving, viewers: 2, apartMs: 60_000 },
			viewerBytesPerSecond: filmBytesPerSecond / 2,
		});
		expect(second.stalledMs[1]).toBeLessThan(1000);
		expect(second.tookMs[1]).toBeLessThanOrEqual(alone.tookMs[0]! + 4500);
	});
});
