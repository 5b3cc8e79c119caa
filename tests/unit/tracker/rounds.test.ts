// What comes in one turn is done together, and everybody gets what is his.
import { describe, expect, it } from 'vitest';
import { inRounds } from '../../../tracker/rounds.ts';

describe('inRounds', () => {
	it('does together what is asked in one turn, and begins the next round without waiting', async () => {
		const rounds: number[][] = [];
		let finish: () => void = () => undefined;
		const mayFinish = new Promise<void>((resolve) => (finish = resolve));
		const double = inRounds(2, async (items: readonly number[]) => {
			rounds.push([...items]);
			await mayFinish;
			return items.map((item) => ({ status: 'fulfilled' as const, value: 2 * item }));
		});
		const answers = Promise.all([1, 2, 3].map(double));
		await expect.poll(() => rounds).toEqual([[1, 2], [3]]);
		finish();
		expect(await answers).toEqual([2, 4, 6]);
	});

	it('lets one fail without the others', async () => {
		const ask = inRounds(10, (items: readonly number[]) =>
			Promise.allSettled(
				items.map(async (item) => {
					if (item === 2) throw new Error('two');
					return item;
				}),
			),
		);
		const [one, two, three] = await Promise.allSettled([1, 2, 3].map(ask));
		expect(one).toMatchObject({ value: 1 });
		expect(two).toMatchObject({ reason: { message: 'two' } });
		expect(three).toMatchObject({ value: 3 });
	});

	it('fails everybody of a round that failed, and nobody of the next', async () => {
		let isAway = true;
		const ask = inRounds(10, async (items: readonly number[]) => {
			if (isAway) throw new Error('away');
			return items.map((value) => ({ status: 'fulfilled' as const, value }));
		});
		const outcomes = await Promise.allSettled([1, 2].map(ask));
		expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
		isAway = false;
		expect(await ask(3)).toBe(3);
	});
});
