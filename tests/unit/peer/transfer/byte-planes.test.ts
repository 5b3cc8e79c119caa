// Byte planes alone: what they are, that they come back, and what they are good for.
import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fromBytePlanes, toBytePlanes } from '../../../../peer/transfer/byte-planes.ts';
import { readAll } from '../../../support/transfer/transfer-pair.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** `bytes` cut at `sizes`, again and again; nothing at all is a chunk as well. */
async function* cutAt(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Bytes> {
	for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
		const size = sizes[turn % sizes.length] ?? bytes.length;
		yield new Uint8Array(bytes.subarray(at, at + size));
		at += size;
	}
}

/** A column of an index: a number a picture, of the size of a picture. */
function columnOf(count: number): Uint8Array {
	const bytes = new Uint8Array(count * 4);
	const view = new DataView(bytes.buffer);
	for (let index = 0; index < count; index += 1) {
		const isKey = index % 50 === 0;
		view.setUint32(index * 4, (isKey ? 40_000 : 5_000) + ((index * 2_654_435_761) % 4_096));
	}
	return bytes;
}

describe('byte planes', () => {
	test('are the differences between words, a place in the word after the other', async () => {
		const plain = new Uint8Array([0, 0, 2, 250, 0, 0, 3, 4, 0, 0, 2, 255, 7]);
		const planes = await readAll(toBytePlanes(cutAt(plain, [5])));
		expect([...planes]).toEqual([0, 0, 0, 7, 0, 0, 0, 2, 1, 255, 250, 10, 251]);
	});

	test('begin anew with every block of 16 KiB', async () => {
		const plain = new Uint8Array(16 * 1024 + 8).fill(9);
		const planes = await readAll(toBytePlanes(cutAt(plain, [1000])));
		expect([...planes.subarray(16 * 1024)]).toEqual([9, 0, 9, 0, 9, 0, 9, 0]);
	});

	test('come back as they were, whatever they are and however they are cut', async () => {
		const sizes = fc
			.array(fc.nat(100_000), { minLength: 1, maxLength: 5 })
			.filter((all) => all.some((size) => size > 100));
		const bytes = fc.oneof(
			fc.uint8Array({ maxLength: 300 }),
			fc
				.tuple(fc.nat(3), fc.nat(50_000))
				.map(([offset, count]) => columnOf(count).subarray(offset)),
		);
		await fc.assert(
			fc.asyncProperty(bytes, sizes, sizes, async (plain, sizesThere, sizesBack) => {
				const planes = await readAll(toBytePlanes(cutAt(plain, sizesThere)));
				expect(planes).toHaveLength(plain.length);
				const back = await readAll(fromBytePlanes(cutAt(planes, sizesBack)));
				expect(back.equals(plain)).toBe(true);
			}),
		);
	});

	test.each([0, 1, 2, 3])('shrink a column that begins at byte %i of a word', async (offset) => {
		const column = columnOf(50_000).subarray(offset);
		const planes = await readAll(toBytePlanes(cutAt(column, [10_000])));
		expect(deflateRawSync(planes).length).toBeLessThan(0.6 * deflateRawSync(column).length);
	});

	test('end what they are made of when they are left', async () => {
		for (const pass of [toBytePlanes, fromBytePlanes]) {
			let hasEnded = false;
			const chunks = (async function* () {
				try {
					for (;;) yield new Uint8Array(10_000);
				} finally {
					hasEnded = true;
				}
			})();
			for await (const block of pass(chunks)) {
				expect(block).toHaveLength(16 * 1024);
				break;
			}
			expect(hasEnded).toBe(true);
		}
	});
});
