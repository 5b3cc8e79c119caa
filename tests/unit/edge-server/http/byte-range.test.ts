import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../../edge-server/http/byte-range.ts';

describe('parseRange', () => {
	it.each([
		['bytes=0-9', 0, 9],
		['bytes=5-', 5, 99],
		['bytes=-10', 90, 99],
		['bytes=-1000', 0, 99],
		['bytes=90-1000', 90, 99],
		['Bytes=99-99', 99, 99],
	])('reads %s of 100 bytes', (header, start, end) => {
		expect(parseRange(header, 100)).toEqual({ kind: 'part', start, end });
	});

	it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])(
		'cannot satisfy %s of 100 bytes',
		(header) => {
			expect(parseRange(header, 100)).toEqual({ kind: 'unsatisfiable' });
		},
	);

	it.each([
		null,
		'',
		'bytes',
		'bytes=',
		'bytes=-',
		'bytes=9-5',
		'bytes=0-1,5-6',
		'items=0-1',
		'bytes=a-b',
	])('answers the whole file for %j', (header) => {
		expect(parseRange(header, 100)).toEqual({ kind: 'whole' });
	});

	it('never leaves the file, whatever is asked', () => {
		const bound = fc.oneof(fc.constant(''), fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String));
		fc.assert(
			fc.property(bound, bound, fc.nat(1000), (first, last, sizeBytes) => {
				const range = parseRange(`bytes=${first}-${last}`, sizeBytes);
				if (range.kind !== 'part') return;
				expect(range.start).toBeGreaterThanOrEqual(0);
				expect(range.end).toBeGreaterThanOrEqual(range.start);
				expect(range.end).toBeLessThan(sizeBytes);
			}),
		);
	});
});
