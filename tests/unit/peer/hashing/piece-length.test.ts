import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	maxPieceBytes,
	minPieceBytes,
	pieceLengthOf,
} from '../../../../peer/hashing/piece-length.ts';

const kibibyte = 1024;
const gibibyte = 1024 ** 3;

describe('pieceLengthOf', () => {
	it.each([
		[0, 256],
		[1, 256],
		[4 * gibibyte, 256],
		[4 * gibibyte + 1, 512],
		[8 * gibibyte + 1, 1024],
		[64 * gibibyte, 4096],
		[256 * gibibyte, 16_384],
		[1024 * gibibyte, 16_384],
	])('cuts %i bytes into pieces of %i KiB', (sizeBytes, kibibytes) => {
		expect(pieceLengthOf(sizeBytes)).toBe(kibibytes * kibibyte);
	});

	it('is the smallest power of two whose metadata stays small', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 256 * gibibyte }), (sizeBytes) => {
				const lengthBytes = pieceLengthOf(sizeBytes);
				expect(Number.isInteger(Math.log2(lengthBytes))).toBe(true);
				expect(lengthBytes).toBeGreaterThanOrEqual(minPieceBytes);
				expect(lengthBytes).toBeLessThanOrEqual(maxPieceBytes);
				expect(sizeBytes / lengthBytes).toBeLessThanOrEqual(16_384);
				if (lengthBytes > minPieceBytes) {
					expect(sizeBytes / (lengthBytes / 2)).toBeGreaterThan(16_384);
				}
			}),
		);
	});
});
