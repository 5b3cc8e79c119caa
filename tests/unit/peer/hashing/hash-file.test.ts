import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
	chunkBytes,
	hashFile,
	readChunks,
	type Digests,
} from '../../../../peer/hashing/hash-file.ts';

const pieceLengthBytes = 256 * 1024;
const never = new AbortController().signal;

const digestOf = (name: string, bytes: Uint8Array) =>
	new Uint8Array(createHash(name).update(bytes).digest());

/** Node's digests, which count how much they are given. */
function countingDigests() {
	const counts = { sha1Bytes: 0, largestBytes: 0, inFlight: 0, mostInFlight: 0 };
	const digests: Digests = {
		sha1: async (bytes) => {
			counts.sha1Bytes += bytes.length;
			counts.mostInFlight = Math.max(counts.mostInFlight, (counts.inFlight += 1));
			const hash = digestOf('sha1', bytes);
			await Promise.resolve();
			counts.inFlight -= 1;
			return hash;
		},
		sha256: (bytes) => {
			counts.largestBytes = bytes.length;
			return Promise.resolve(digestOf('sha256', bytes));
		},
		createSha256: () => {
			const hash = createHash('sha256');
			return Promise.resolve({
				update: (bytes) => void hash.update(bytes),
				digest: () => new Uint8Array(hash.digest()),
			});
		},
	};
	return { digests, counts };
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
				const { digests, counts } = countingDigests();
				const progress: number[] = [];

				const hashed = await hashFile(digests, readChunks(file), {
					...{ sizeBytes, pieceLengthBytes, isWholeInMemory },
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
				expect(counts.mostInFlight).toBeLessThanOrEqual(chunkBytes / pieceLengthBytes);
				expect(counts.largestBytes).toBe(isWholeInMemory ? sizeBytes : 0);
			},
		);
	}

	it('reads one chunk ahead and no further', async () => {
		const file = fileOf(contentOf(4 * chunkBytes));
		const chunks = readChunks(file);
		await chunks.next();
		await Promise.resolve();
		expect(file.reads).toHaveLength(2);
	});

	it.each([chunkBytes - 1, chunkBytes + 1])(
		'refuses a file that turns out to have %i bytes',
		async (size) => {
			const { digests } = countingDigests();
			const hashing = hashFile(digests, readChunks(fileOf(contentOf(size))), {
				...{ sizeBytes: chunkBytes, pieceLengthBytes, isWholeInMemory: false },
				onProgress: () => undefined,
				signal: never,
			});
			await expect(hashing).rejects.toMatchObject({ code: 'corrupt' });
		},
	);

	it('stops with the reason of its signal', async () => {
		const aborting = new AbortController();
		const { digests } = countingDigests();
		const file = fileOf(contentOf(3 * chunkBytes));
		const hashing = hashFile(digests, readChunks(file), {
			...{ sizeBytes: file.sizeBytes, pieceLengthBytes, isWholeInMemory: false },
			onProgress: () => aborting.abort(new Error('enough')),
			signal: aborting.signal,
		});
		await expect(hashing).rejects.toThrow('enough');
		expect(file.reads.length).toBeLessThanOrEqual(3);
	});

	it('fails as the reads do', async () => {
		const { digests } = countingDigests();
		const file = { sizeBytes: 5, read: () => Promise.reject(new Error('gone')) };
		const hashing = hashFile(digests, readChunks(file), {
			...{ sizeBytes: 5, pieceLengthBytes, isWholeInMemory: false },
			onProgress: () => undefined,
			signal: never,
		});
		await expect(hashing).rejects.toThrow('gone');
	});
});
