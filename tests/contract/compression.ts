// What every compression must do, as tests. An adapter's own test file calls describeCompression with it.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Compression } from '../../peer/ports.ts';
import { testBytes } from '../support/transfer/offered-memory.ts';
import { readAll } from '../support/transfer/transfer-pair.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const mebibyte = 1024 * 1024;

async function* chunked(bytes: Uint8Array, chunkBytes = 100_000): AsyncGenerator<Bytes> {
	for (let at = 0; at < bytes.length; at += chunkBytes) {
		yield new Uint8Array(bytes.subarray(at, at + chunkBytes));
	}
}

async function* failing(bytes: Uint8Array, error: Error): AsyncGenerator<Bytes> {
	yield new Uint8Array(bytes);
	throw error;
}

async function* standingStillAfter(bytes: Bytes): AsyncGenerator<Bytes> {
	yield bytes;
	await new Promise(() => undefined);
}

export function describeCompression(name: string, { deflate, inflate }: Compression): void {
	describe(`${name} keeps the contract of Compression`, () => {
		test.each<[string, Uint8Array]>([
			['nothing', new Uint8Array()],
			[
				'what shrinks',
				new Uint8Array(3 * mebibyte).map((_, index) => (index % 40 === 0 ? index >> 8 : 0)),
			],
			['what does not', testBytes(mebibyte)],
		])('what goes in comes out: %s', async (_, plain) => {
			const deflated = await readAll(deflate(chunked(plain)));
			expect(inflateRawSync(deflated).equals(plain)).toBe(true);
			const inflated = await readAll(inflate(chunked(deflateRawSync(plain), 1000)));
			expect(inflated.equals(plain)).toBe(true);
		});

		test('the first bytes come out before the last go in', async () => {
			const plain = testBytes(mebibyte);
			const half = new Uint8Array(deflateRawSync(plain).subarray(0, 300_000));
			for (const coming of [
				deflate(standingStillAfter(plain)),
				inflate(standingStillAfter(half)),
			]) {
				const first = await coming[Symbol.asyncIterator]().next();
				expect(first).toMatchObject({ done: false });
			}
		});

		test('what the chunks throw is thrown', async () => {
			const error = new Error('the disk is gone');
			const plain = testBytes(300_000);
			await expect(readAll(deflate(failing(plain, error)))).rejects.toBe(error);
			await expect(readAll(inflate(failing(deflateRawSync(plain), error)))).rejects.toBe(error);
		});

		test('leaving ends the chunks', async () => {
			for (const pass of [deflate, inflate]) {
				let hasEnded = false;
				const bytes = pass === deflate ? testBytes(mebibyte) : deflateRawSync(testBytes(mebibyte));
				const chunks = (async function* () {
					try {
						yield* chunked(bytes, 1000);
					} finally {
						hasEnded = true;
					}
				})();
				for await (const chunk of pass(chunks)) {
					expect(chunk.length).toBeGreaterThan(0);
					break;
				}
				await expect.poll(() => hasEnded).toBe(true);
			}
		});

		test.each<[string, Uint8Array]>([
			['no such stream', testBytes(100_000)],
			['half of one', deflateRawSync(testBytes(100_000)).subarray(0, 1000)],
			['nothing at all', new Uint8Array()],
		])('%s is corrupt', async (_, bytes) => {
			await expect(readAll(inflate(chunked(bytes)))).rejects.toMatchObject({ code: 'corrupt' });
		});
	});
}
