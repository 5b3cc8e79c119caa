import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkpointBytes, hashFile, type Sha256 } from '../../../../peer/hashing/hash-file.ts';
import {
	chunkBytes,
	pieceReader,
	readAhead,
	type Sha1,
} from '../../../../peer/hashing/read-pieces.ts';
import { createRest } from '../../../../peer/hashing/rest.ts';
import type { HashCheckpoint } from '../../../../peer/ports.ts';
import { browserSha1, browserSha256 } from '../../../../web/lib/browser/browser-digests.ts';
import { createFakeClock } from '../../../support/peer/fake-clock.ts';

const pieceLengthBytes = 256 * 1024;
const never = new AbortController().signal;
/** Nobody waits for a picture. */
const rest = createRest(createFakeClock());

const digestOf = (name: string, bytes: Uint8Array) =>
	new Uint8Array(createHash(name).update(bytes).digest());

/** Node's digests, which count how much they are given. */
function countingDigests() {
	const counts = { sha1Bytes: 0, largestBytes: 0, inFlight: 0, mostInFlight: 0 };
	const sha1: Sha1 = async (bytes) => {
		counts.sha1Bytes += bytes.length;
		counts.mostInFlight = Math.max(counts.mostInFlight, (counts.inFlight += 1));
		const hash = digestOf('sha1', bytes);
		await Promise.resolve();
		counts.inFlight -= 1;
		return hash;
	};
	const sha256: Sha256 = {
		whole: (bytes) => {
			counts.largestBytes = bytes.length;
			return Promise.resolve(digestOf('sha256', bytes));
		},
		running: () => {
			const hash = createHash('sha256');
			return Promise.resolve({
				update: (bytes) => void hash.update(bytes),
				digest: () => new Uint8Array(hash.digest()),
			});
		},
	};
	return { sha1, sha256, counts };
}

function contentOf(sizeBytes: number) {
	return new Uint8Array(sizeBytes).map((_, index) => (index * 31) ^ (index >> 11));
}

function fileOf(content: Uint8Array<ArrayBuffer>) {
	const reads: number[] = [];
	const read = (offsetBytes: number, lengthBytes: number) => {
		reads.push(lengthBytes);
		return Promise.resolve(content.slice(offsetBytes, offsetBytes + lengthBytes));
	};
	return { sizeBytes: content.length, read, reads };
}

function piecesOf(content: Uint8Array): Buffer {
	const hashes: Uint8Array[] = [];
	for (let start = 0; start < content.length; start += pieceLengthBytes) {
		hashes.push(digestOf('sha1', content.subarray(start, start + pieceLengthBytes)));
	}
	return Buffer.concat(hashes);
}

describe('hashFile', () => {
	const sizes = [0, 1, pieceLengthBytes, pieceLengthBytes + 1, chunkBytes, 2 * chunkBytes + 12_345];
	for (const isWholeInMemory of [false, true]) {
		it.each(sizes)(
			`hashes %i bytes as everybody does${isWholeInMemory ? ', all in memory' : ''}`,
			async (sizeBytes) => {
				const content = contentOf(sizeBytes);
				const file = fileOf(content);
				const { sha1, sha256, counts } = countingDigests();
				const progress: number[] = [];

				const hashed = await hashFile(sha256, pieceReader(sha1, file, pieceLengthBytes), {
					...{ sizeBytes, pieceLengthBytes, isWholeInMemory, rest },
					onProgress: (hashedBytes) => progress.push(hashedBytes),
					signal: never,
				});

				expect(hashed.sha256).toEqual(digestOf('sha256', content));
				expect(Buffer.from(hashed.pieces)).toEqual(piecesOf(content));
				expect(progress.at(-1) ?? 0).toBe(sizeBytes);
				// One read of each byte, in large chunks; the whole at once only where that is allowed.
				expect(file.reads.reduce((sum, length) => sum + length, 0)).toBe(sizeBytes);
				expect(Math.max(...file.reads)).toBeLessThanOrEqual(chunkBytes);
				expect(counts.sha1Bytes).toBe(sizeBytes);
				expect(counts.mostInFlight).toBeLessThanOrEqual((3 * chunkBytes) / pieceLengthBytes);
				expect(counts.largestBytes).toBe(isWholeInMemory ? sizeBytes : 0);
			},
		);
	}

	it('reads three chunks ahead and no further', async () => {
		const file = fileOf(contentOf(6 * chunkBytes));
		const { sha1 } = countingDigests();
		const chunks = readAhead(pieceReader(sha1, file, pieceLengthBytes), 0, file.sizeBytes);
		await chunks.next();
		await Promise.resolve();
		expect(file.reads).toHaveLength(4);
	});

	it('reads on into the memory of chunks that are done with', async () => {
		const memory = new Set<ArrayBuffer>();
		const readPieces = (offsetBytes: number, lengthBytes: number, spare?: ArrayBuffer) => {
			const bytes = new Uint8Array(spare ?? new ArrayBuffer(chunkBytes), 0, lengthBytes);
			bytes[0] = offsetBytes / chunkBytes;
			memory.add(bytes.buffer);
			return Promise.resolve({ bytes, pieces: new Uint8Array() });
		};
		const seen: number[] = [];
		for await (const { bytes } of readAhead(readPieces, 0, 8 * chunkBytes + 1)) {
			// All that was read ahead has been, and has left this chunk alone.
			await Promise.resolve();
			seen.push(bytes[0]!);
		}
		expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
		expect(memory.size).toBe(4);
	});

	it.each([chunkBytes - 1, chunkBytes + 1])(
		'refuses a file that turns out to have %i bytes',
		async (size) => {
			const { sha1, sha256 } = countingDigests();
			const file = fileOf(contentOf(size));
			const hashing = hashFile(sha256, () => pieceReader(sha1, file, pieceLengthBytes)(0, size), {
				...{ sizeBytes: chunkBytes, pieceLengthBytes, isWholeInMemory: false, rest },
				onProgress: () => undefined,
				signal: never,
			});
			await expect(hashing).rejects.toMatchObject({ code: 'corrupt' });
		},
	);

	it('stops with the reason of its signal', async () => {
		const aborting = new AbortController();
		const { sha1, sha256 } = countingDigests();
		const file = fileOf(contentOf(8 * chunkBytes));
		const hashing = hashFile(sha256, pieceReader(sha1, file, pieceLengthBytes), {
			...{ sizeBytes: file.sizeBytes, pieceLengthBytes, isWholeInMemory: false, rest },
			onProgress: () => aborting.abort(new Error('enough')),
			signal: aborting.signal,
		});
		await expect(hashing).rejects.toThrow('enough');
		expect(file.reads.length).toBeLessThanOrEqual(5);
	});

	it('keeps the rests it is told of, between two chunks', async () => {
		const clock = createFakeClock();
		const told = createRest(clock);
		const { sha1, sha256 } = countingDigests();
		const file = fileOf(contentOf(3 * chunkBytes));
		const progress: number[] = [];
		const hashing = hashFile(sha256, pieceReader(sha1, file, pieceLengthBytes), {
			...{ sizeBytes: file.sizeBytes, pieceLengthBytes, isWholeInMemory: false, rest: told },
			onProgress(hashedBytes) {
				progress.push(hashedBytes);
				if (progress.length === 1) told.begin();
			},
			signal: never,
		});
		await expect.poll(() => progress.length).toBe(1);
		await clock.advance(1_400);
		expect(progress).toEqual([chunkBytes]);
		await clock.advance(200);
		await hashing;
		expect(progress).toEqual([chunkBytes, 2 * chunkBytes, 3 * chunkBytes]);
	});

	it('fails as the reads do', async () => {
		const { sha1, sha256 } = countingDigests();
		const file = { read: () => Promise.reject(new Error('gone')) };
		const hashing = hashFile(sha256, pieceReader(sha1, file, pieceLengthBytes), {
			...{ sizeBytes: 5, pieceLengthBytes, isWholeInMemory: false, rest },
			onProgress: () => undefined,
			signal: never,
		});
		await expect(hashing).rejects.toThrow('gone');
	});

	describe('with the digests of a browser', () => {
		const sizeBytes = 2 * checkpointBytes + chunkBytes + 5;
		/** A pattern read by range: so large a file is nowhere in memory. */
		const pattern = contentOf(chunkBytes);
		const read = (offsetBytes: number, lengthBytes: number) => {
			const bytes = pattern.slice(0, lengthBytes);
			bytes[0] = offsetBytes / chunkBytes;
			return Promise.resolve(bytes);
		};

		async function hashWatched(resumeFrom?: HashCheckpoint) {
			const offsets: number[] = [];
			const checkpoints: HashCheckpoint[] = [];
			const file = {
				read: (offsetBytes: number, lengthBytes: number) => {
					offsets.push(offsetBytes);
					return read(offsetBytes, lengthBytes);
				},
			};
			const hashed = await hashFile(
				browserSha256,
				pieceReader(browserSha1, file, pieceLengthBytes),
				{
					...{ sizeBytes, pieceLengthBytes, isWholeInMemory: false, resumeFrom, rest },
					onProgress: (_, checkpoint) => checkpoint && checkpoints.push(checkpoint),
					signal: never,
				},
			);
			return { hashed, offsets, checkpoints };
		}

		it('goes on from a checkpoint, and comes to what one go comes to', async () => {
			const { hashed, checkpoints } = await hashWatched();
			const hash = createHash('sha256');
			for (let at = 0; at < sizeBytes; at += chunkBytes) {
				hash.update(await read(at, Math.min(chunkBytes, sizeBytes - at)));
			}
			expect(hashed.sha256).toEqual(new Uint8Array(hash.digest()));
			expect(checkpoints.map(({ hashedBytes }) => hashedBytes)).toEqual([
				checkpointBytes,
				2 * checkpointBytes,
			]);

			const resumed = await hashWatched(structuredClone(checkpoints[1]));
			expect(resumed.hashed).toEqual(hashed);
			expect(resumed.offsets).toEqual([2 * checkpointBytes, 2 * checkpointBytes + chunkBytes]);
			expect(resumed.checkpoints).toEqual([]);
		}, 60_000);

		it('refuses a checkpoint it cannot read', async () => {
			const sha256State = new Uint8Array(9);
			const pieces = new Uint8Array(20 * (chunkBytes / pieceLengthBytes));
			const resumed = hashWatched({ hashedBytes: chunkBytes, pieces, sha256State });
			await expect(resumed).rejects.toMatchObject({ code: 'corrupt' });
		});
	});
});
