// The index is found in real films of every container, and nonsense finds nothing.
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findIndex } from '../../../../../peer/transfer/viewing/index-range.ts';
import { testFilm } from '../../../../support/media.ts';

describe('the index of a film', () => {
	test('is the last box of an MP4 that begins with its media', async () => {
		const film = await readFile(await testFilm('mp4-index-at-end'));
		const moovBytes = film.indexOf('moov', 0, 'latin1') - 4;
		const found = findIndex(film.subarray(0, 64), film.length);
		expect(found).toEqual({ offsetBytes: moovBytes, lengthBytes: film.length - moovBytes });
	});

	test('is the moov box of an MP4 that begins with it', async () => {
		const film = await readFile(await testFilm('mp4-index-in-front'));
		const moovBytes = film.indexOf('moov', 0, 'latin1') - 4;
		const found = findIndex(film.subarray(0, 64), film.length);
		expect(found).toEqual({ offsetBytes: moovBytes, lengthBytes: film.readUInt32BE(moovBytes) });
	});

	test('is followed through a length of 64 bits, as films over 4 GiB have', () => {
		const head = new Uint8Array(64);
		const view = new DataView(head.buffer);
		head.set(new TextEncoder().encode('\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x01mdat'));
		view.setBigUint64(24, 5_000_000_000n);
		expect(findIndex(head, 5_000_300_016)).toEqual({
			offsetBytes: 5_000_000_016,
			lengthBytes: 300_000,
		});
	});

	test.each(['mkv', 'webm'] as const)('is where the cues of a %s lie', async (kind) => {
		const film = await readFile(await testFilm(kind));
		const found = findIndex(film.subarray(0, 4096), film.length);
		expect(film.readUInt32BE(found?.offsetBytes ?? 0)).toBe(0x1c53bb6b);
	});

	test('is not found in an AVI, in no bytes, or beyond the end of the file', async () => {
		const avi = await readFile(await testFilm('avi'));
		expect(findIndex(avi.subarray(0, 4096), avi.length)).toBeUndefined();
		expect(findIndex(new Uint8Array(), 0)).toBeUndefined();
		const film = await readFile(await testFilm('mp4-index-at-end'));
		expect(findIndex(film.subarray(0, 64), 1000)).toBeUndefined();
	});

	test('is never outside the file, whatever the head says', async () => {
		const films = await Promise.all(
			(['mp4-index-at-end', 'mkv'] as const).map(async (kind) => readFile(await testFilm(kind))),
		);
		const damaged = fc.tuple(
			fc.constantFrom(...films),
			fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 20 }),
		);
		fc.assert(
			fc.property(damaged, fc.nat(1_000_000), ([film, changes], sizeBytes) => {
				const head = new Uint8Array(film.subarray(0, 400));
				for (const [at, value] of changes) head[at] = value;
				const found = findIndex(head, sizeBytes);
				if (found === undefined) return;
				expect(found.lengthBytes).toBeGreaterThan(0);
				expect(found.offsetBytes + found.lengthBytes).toBeLessThanOrEqual(sizeBytes);
			}),
			{ numRuns: 5000 },
		);
	});
});
