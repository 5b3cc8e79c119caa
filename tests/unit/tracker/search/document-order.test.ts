// An order that is brought up to date when it is read.
import { describe, expect, it } from 'vitest';
import { createDocumentOrder } from '../../../../tracker/search/document-order.ts';

describe('createDocumentOrder', () => {
	it('is sorted whenever it is read', () => {
		const order = createDocumentOrder((one, other) => other - one);
		for (const document of [2, 5, 1]) order.add(document);
		expect(order.sorted()).toEqual([5, 2, 1]);
		order.add(3);
		order.remove(5);
		expect(order.sorted()).toEqual([3, 2, 1]);
		expect(order.sorted()).toEqual([3, 2, 1]);
	});

	it('finds the new place of a number that went and came again under another key', () => {
		const keys = [10, 20, 30];
		const order = createDocumentOrder((one, other) => (keys[one] ?? 0) - (keys[other] ?? 0));
		for (const document of [0, 1, 2]) order.add(document);
		expect(order.sorted()).toEqual([0, 1, 2]);
		order.remove(0);
		keys[0] = 25;
		order.add(0);
		expect(order.sorted()).toEqual([1, 0, 2]);
	});

	it('forgets what came and went between two readings', () => {
		const order = createDocumentOrder((one, other) => one - other);
		order.add(1);
		order.add(2);
		order.remove(2);
		expect(order.sorted()).toEqual([1]);
	});
});
