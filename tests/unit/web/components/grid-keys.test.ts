// Arrows in a grid of ten films in rows of four.
import { describe, expect, it } from 'vitest';
import { nextInGrid } from '../../../../web/lib/components/grid-keys.ts';

const from = (index: number, key: string) => nextInGrid(key, index, 10, 4);

describe('an arrow', () => {
	it('moves along rows and columns', () => {
		expect(from(1, 'ArrowRight')).toBe(2);
		expect(from(4, 'ArrowLeft')).toBe(3);
		expect(from(1, 'ArrowDown')).toBe(5);
		expect(from(9, 'ArrowUp')).toBe(5);
	});

	it('leads into a shorter last row', () => {
		expect(from(7, 'ArrowDown')).toBe(9);
	});

	it('stops at the edges', () => {
		expect(from(0, 'ArrowLeft')).toBeUndefined();
		expect(from(9, 'ArrowRight')).toBeUndefined();
		expect(from(2, 'ArrowUp')).toBeUndefined();
		expect(from(8, 'ArrowDown')).toBeUndefined();
	});

	it('jumps to the ends', () => {
		expect(from(5, 'Home')).toBe(0);
		expect(from(5, 'End')).toBe(9);
	});
});
