// Cursors come back as they were written, and nothing else is taken for one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCursor, searchOrders, writeCursor } from '../../../../tracker/search/search-cursor.ts';

describe('search cursor', () => {
	it('comes back as it was written', () => {
		const cursor = fc.record({
			order: fc.constantFrom(...searchOrders),
			score: fc.nat(),
			key: fc.record({
				title: fc.string({ unit: 'grapheme' }),
				addedAtMs: fc.nat(),
				durationMs: fc.nat(),
				catalogId: fc.string(),
			}),
		});
		fc.assert(
			fc.property(cursor, (written) => {
				const text = writeCursor(written);
				expect(text).toMatch(/^[\w-]+$/);
				expect(readCursor(text, written.order)).toEqual(written);
			}),
		);
	});

	it('is refused when it is anything else', () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				expect(() => readCursor(text, 'newest')).toThrow(
					expect.objectContaining({ code: 'invalid-argument' }),
				);
			}),
		);
	});
});
