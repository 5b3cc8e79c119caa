// Changing a sorted list gives what sorting it anew would, in small steps and in large ones.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChanges, firstNotBelow } from '../../../../tracker/search/sorted-list.ts';

const ascending = (one: number, other: number) => one - other;
const numbers = (maxLength: number) =>
	fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength });

describe('firstNotBelow', () => {
	it('finds the place of an item, from a start on', () => {
		expect([0, 1, 2, 3, 4, 5, 6].map((each) => firstNotBelow([1, 3, 5], each, ascending))).toEqual([
			0, 0, 1, 1, 2, 2, 3,
		]);
		expect(firstNotBelow([1, 3, 5], 0, ascending, 2)).toBe(2);
		expect(firstNotBelow([], 1, ascending)).toBe(0);
	});
});

describe('applyChanges', () => {
	// Sizes on both sides of the bound at which the way of working changes.
	it.each([10, 200])('does what sorting anew does, for up to %i changes', (size) => {
		fc.assert(
			fc.property(numbers(200), numbers(size), numbers(size), (before, coming, going) => {
				const removed = new Set(going);
				const kept = before.filter((each) => !removed.has(each));
				const added = new Set(coming.filter((each) => !kept.includes(each)));
				const sorted = applyChanges(before.toSorted(ascending), { added, removed }, ascending);
				expect(sorted).toEqual([...kept, ...added].sort(ascending));
			}),
		);
	});
});
