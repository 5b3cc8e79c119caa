// Reading a range out of a mix of sources: exactly its bytes, in order, and not too far ahead.
import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import { piecesAhead } from '../../../../../peer/transfer/pieces/mixed-reader.ts';
import {
	createMix,
	film,
	good,
	pieceBytes,
	pieces,
	whole,
	within,
} from '../../../../support/transfer/paced-sources.ts';
import { readAll } from '../../../../support/transfer/transfer-pair.ts';

const never = new AbortController().signal;

describe('reading', () => {
	test('any range is exactly the bytes of the film', async () => {
		const { clock, read } = createMix([good(1e6), good(2e5)]);
		for (const [offsetBytes, lengthBytes] of [
			[0, 1],
			[pieceBytes - 1, 2],
			[5 * pieceBytes, pieceBytes],
			[film.length - 1, 1],
			[7, film.length - 7],
		] as const) {
			const bytes = await within(clock, 60_000, readAll(read({ offsetBytes, lengthBytes })));
			expect(bytes.equals(film.subarray(offsetBytes, offsetBytes + lengthBytes))).toBe(true);
		}
	});

	test('chunks are the reader’s own', async () => {
		const { clock, read } = createMix([good(1e6)]);
		for (let time = 0; time < 2; time += 1) {
			const chunks: Uint8Array[] = [];
			const reading = (async () => {
				for await (const chunk of read({ offsetBytes: 0, lengthBytes: 9000 })) {
					chunks.push(chunk.slice());
					chunk.fill(0);
				}
			})();
			await within(clock, 5000, reading);
			expect(Buffer.concat(chunks).equals(film.subarray(0, 9000))).toBe(true);
		}
	});

	test('leaving ends what runs', async () => {
		const { clock, read, sources } = createMix([good(1e5)]);
		const reading = new AbortController();
		const all = readAll(read(whole, reading.signal));
		await clock.advance(1000);
		reading.abort(new GiggityflixError('cancelled', 'enough'));
		await expect(all).rejects.toMatchObject({ code: 'cancelled' });
		await clock.advance(1000);
		const before = sources[0]!.sentBytes();
		await clock.advance(5000);
		expect(sources[0]!.sentBytes()).toBe(before);
		expect(clock.sleeping()).toBe(0);
	});

	test('wants no more than fifteen seconds of the film ahead of a reader who pauses', async () => {
		const { clock, read, sources } = createMix([good(1e7)]);
		// Two pieces a second.
		const durationMs = (film.length / (2 * pieceBytes)) * 1000;
		const iterator = read(whole, never, durationMs)[Symbol.asyncIterator]();
		for (let pieceCount = 0; pieceCount < 8; pieceCount += 1) {
			await within(clock, 5000, iterator.next());
		}
		await clock.advance(10_000);
		expect(piecesAhead(pieces, durationMs)).toBe(30);
		expect(sources[0]!.sentBytes()).toBeLessThanOrEqual((8 + 30) * pieceBytes);
		await iterator.return();
	});

	test('wants a minute of the film while others watch, and never more than 32 MiB', () => {
		const minutes = (count: number) => count * 60_000;
		const large = { ...pieces, sizeBytes: 1024 ** 3, pieceBytes: 1024 ** 2 };
		expect(piecesAhead(large, minutes(64), true)).toBe(16);
		expect(piecesAhead(large, minutes(8), true)).toBe(32);
	});

	test('the first piece shares the line with nothing', async () => {
		const { clock, read } = createMix([good(pieceBytes)]);
		const first = read()[Symbol.asyncIterator]().next();
		await within(clock, 1500, first);
	});
});
