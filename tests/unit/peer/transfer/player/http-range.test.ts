import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRange } from '../../../../../peer/transfer/player/http-range.ts';

test.each([
	['bytes=0-499', 0, 500],
	['bytes=500-999', 500, 500],
	['bytes=-500', 9500, 500],
	['bytes=9500-', 9500, 500],
	['bytes=0-0', 0, 1],
	['bytes=-1', 9999, 1],
	['bytes=9999-20000', 9999, 1],
	['bytes=-20000', 0, 10_000],
	['Bytes=0-', 0, 10_000],
	['bytes=0-99999999999999999999999', 0, 10_000],
])('%s of 10,000 bytes is a part', (header, offsetBytes, lengthBytes) => {
	expect(decideRange(header, 10_000)).toEqual({
		kind: 'partial',
		range: { offsetBytes, lengthBytes },
	});
});

test.each([null, '', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=5-2', 'items=0-5', 'bytes=0-1,5-6'])(
	'%s is ignored',
	(header) => {
		expect(decideRange(header, 10_000)).toEqual({ kind: 'full' });
	},
);

test.each(['bytes=10000-', 'bytes=10000-10001', 'bytes=-0'])('%s cannot be satisfied', (header) => {
	expect(decideRange(header, 10_000)).toEqual({ kind: 'unsatisfiable' });
});

test('of an empty file nothing is a part', () => {
	expect(decideRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
	expect(decideRange('bytes=-5', 0)).toEqual({ kind: 'full' });
});

test('every range gives what slice gives', () => {
	const bounds = fc.option(fc.nat(80), { nil: undefined });
	fc.assert(
		fc.property(fc.nat(64), bounds, bounds, (sizeBytes, first, last) => {
			fc.pre(first !== undefined || last !== undefined);
			const file = Uint8Array.from({ length: sizeBytes }, (_, index) => index);
			const decision = decideRange(`bytes=${first ?? ''}-${last ?? ''}`, sizeBytes);
			const isBackwards = first !== undefined && last !== undefined && last < first;
			const expected =
				first === undefined
					? file.slice(Math.max(0, sizeBytes - (last ?? 0)))
					: file.slice(first, last === undefined ? undefined : last + 1);
			if (isBackwards) {
				expect(decision.kind).toBe('full');
			} else if (decision.kind === 'partial') {
				const { offsetBytes, lengthBytes } = decision.range;
				expect(lengthBytes).toBeGreaterThan(0);
				expect(offsetBytes + lengthBytes).toBeLessThanOrEqual(sizeBytes);
				expect(file.slice(offsetBytes, offsetBytes + lengthBytes)).toEqual(expected);
			} else {
				expect(expected).toHaveLength(0);
			}
		}),
		{ numRuns: 10_000 },
	);
});
