// The head of a film and its index, as a source of one owner fetches and keeps them, and what waits for the first picture.
import { describe, expect, test } from 'vitest';
import { zlibCompression } from '../../../../../peer/node/zlib-compression.ts';
import { testBytes } from '../../../../support/transfer/offered-memory.ts';
import { createOwnedFilm } from '../../../../support/transfer/owned-film.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../../support/transfer/transfer-pair.ts';

const mebibyte = 1024 * 1024;
const film = testBytes(8 * mebibyte + 11);
const whole = { offsetBytes: 0, lengthBytes: film.length };
const never = new AbortController().signal;

const half = 512 * 1024;
/** Of the head, and the tail from the beginning of its block of 32 KiB. */
const headAndTailBytes = half + film.length - Math.floor((film.length - half) / 32768) * 32768;

describe('head and tail', () => {
	test('are fetched when the film is opened, before anybody reads', async () => {
		const { edge, network, watch } = createOwnedFilm(film);
		const source = watch();
		await source.open(never);
		await settle(30);
		expect(source.connection()).toMatchObject({ kind: 'open', totalBytes: headAndTailBytes });
		edge.isUp = false;
		network.isHeld = true;
		const head = await readAll(source.read({ offsetBytes: 100, lengthBytes: 1000 }, never));
		expect(head.equals(film.subarray(100, 1100))).toBe(true);
		const tail = await readAll(
			source.read({ offsetBytes: film.length - half, lengthBytes: half }, never),
		);
		expect(tail.equals(film.subarray(film.length - half))).toBe(true);
	});

	test('are not fetched twice', async () => {
		const { owner, watch } = createOwnedFilm(film);
		const source = watch();
		expect((await readAll(source.read(whole, never))).equals(film)).toBe(true);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(film.length);
	});

	test('do not hurt the source when their chunks are given away', async () => {
		const { watch } = createOwnedFilm(film);
		const source = watch();
		for (let time = 0; time < 2; time++) {
			for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: 1000 }, never)) {
				structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
			}
		}
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: 1000 }, never));
		expect(bytes.equals(film.subarray(0, 1000))).toBe(true);
	});

	test('of a small film are all of it', async () => {
		const { owner, watch } = createOwnedFilm(film.subarray(0, 1000));
		const source = watch();
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: 1000 }, never));
		expect(bytes.equals(film.subarray(0, 1000))).toBe(true);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(1000);
	});
});

describe('the index of an MP4', () => {
	/** Of 2 MiB, which shrink. */
	const mp4 = (order: 'in front' | 'at the end') => {
		const bytes = testBytes(8 * mebibyte);
		const boxes = { ftyp: 16, moov: 2 * mebibyte, mdat: 6 * mebibyte - 16 };
		const view = new DataView(bytes.buffer);
		let at = 0;
		for (const type of order === 'in front' ? ['ftyp', 'moov', 'mdat'] : ['ftyp', 'mdat', 'moov']) {
			view.setUint32(at, boxes[type as keyof typeof boxes]);
			bytes.set(Buffer.from(type), at + 4);
			at += boxes[type as keyof typeof boxes];
		}
		return bytes;
	};

	test.each(['in front', 'at the end'] as const)('%s travels deflated', async (order) => {
		const { file, owner, watch } = createOwnedFilm(mp4(order), {
			...{ ofOwner: zlibCompression, ofViewer: zlibCompression },
		});
		const source = watch();
		const bytes = await readAll(source.read({ ...whole, lengthBytes: 8 * mebibyte }, never));
		expect(bytes.equals(file.bytes)).toBe(true);
		const { totalUploadedBytes } = owner.transfers.serving();
		expect(totalUploadedBytes).toBeLessThan(7 * mebibyte);
		expect(totalUploadedBytes).toBeGreaterThan(6 * mebibyte - 64 * 1024);
	});

	test.each(['in front', 'at the end'] as const)(
		'%s travels once when the viewer cannot inflate',
		async (order) => {
			const { file, owner, watch } = createOwnedFilm(mp4(order), { ofOwner: zlibCompression });
			const bytes = await readAll(watch().read({ ...whole, lengthBytes: 8 * mebibyte }, never));
			expect(bytes.equals(file.bytes)).toBe(true);
			expect(owner.transfers.serving().totalUploadedBytes).toBe(8 * mebibyte);
		},
	);

	test('goes on at the next byte when the link is lost in the middle of it', async () => {
		const { file, network, watch } = createOwnedFilm(mp4('in front'), {
			...{ ofOwner: zlibCompression, ofViewer: zlibCompression },
		});
		crypto.getRandomValues(file.bytes.subarray(16_384, 16_384 + 65_536));
		const source = watch();
		const parts: Uint8Array[] = [];
		let hasCut = false;
		for await (const chunk of source.read({ ...whole, lengthBytes: 8 * mebibyte }, never)) {
			parts.push(chunk);
			const readBytes = parts.reduce((sum, part) => sum + part.length, 0);
			if (!hasCut && readBytes > 32 * 1024) {
				hasCut = true;
				network.made.at(-1)?.cut();
			}
		}
		expect(Buffer.concat(parts).equals(file.bytes)).toBe(true);
		expect(network.made).toHaveLength(4);
	});
});

describe('until the first picture', () => {
	test('nothing is read behind the head, and all else goes on', async () => {
		const { openSource } = createOwnedFilm(film);
		const source = openSource();
		const parts: Uint8Array[] = [];
		const reading = (async () => {
			for await (const chunk of source.read(whole, never)) parts.push(chunk);
		})();
		await settle(60);
		const readBytes = () => parts.reduce((sum, part) => sum + part.length, 0);
		expect(readBytes()).toBe(half);
		const elsewhere = { offsetBytes: 3 * mebibyte, lengthBytes: 1000 };
		expect(await readAll(source.read(elsewhere, never))).toHaveLength(1000);
		expect(readBytes()).toBe(half);
		source.pictureShown();
		await reading;
		expect(Buffer.concat(parts).equals(film)).toBe(true);
	});

	test('nobody waits for long', async () => {
		const { clock, openSource } = createOwnedFilm(film);
		const source = openSource();
		let hasEnded = false;
		const reading = readAll(source.read(whole, never)).finally(() => (hasEnded = true));
		await settle(60);
		await clock.advance(350);
		expect(hasEnded).toBe(false);
		await clock.advance(50);
		await settle(60);
		expect((await reading).equals(film)).toBe(true);
	});

	test('whoever only looks starts no wait', async () => {
		const { clock, owner, openSource } = createOwnedFilm(film);
		const source = openSource();
		await source.open(never);
		await clock.advance(10_000);
		const reading = readAll(source.read(whole, never));
		await settle(60);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(headAndTailBytes);
		source.pictureShown();
		expect((await reading).equals(film)).toBe(true);
	});
});
