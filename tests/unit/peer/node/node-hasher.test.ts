import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOnDisk } from '../../../../peer/node/disk-folder.ts';
import { nodeHasher, type NodeHasher } from '../../../../peer/node/node-hasher.ts';
import { patternedBytes } from '../../../support/patterned-bytes.ts';

const mebibyte = 1024 * 1024;
const pieceLengthBytes = 256 * 1024;

let directory: string;
let hasher: NodeHasher;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'hasher-'));
	hasher = nodeHasher(2);
});
afterEach(async () => {
	await hasher.close();
	await rm(directory, { recursive: true });
});

async function fileOf(name: string, content: Uint8Array) {
	const path = join(directory, name);
	await writeFile(path, content);
	return openOnDisk(path);
}

function options(signal = new AbortController().signal) {
	const progress: number[] = [];
	const onProgress = (hashedBytes: number) => progress.push(hashedBytes);
	return { pieceLengthBytes, onProgress, signal, progress };
}

const digest = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest('hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('nodeHasher', () => {
	it('hashes several files at once as everybody does, and more on the same workers', async () => {
		for (const round of [1, 2]) {
			await Promise.all(
				[0, 5, 68 * mebibyte + 7].map(async (sizeBytes) => {
					const content = patternedBytes(sizeBytes + round).subarray(round);
					const file = await fileOf(`film-${sizeBytes}`, content);
					const watched = options();
					const { sha256, pieces } = await hasher.hash(file, watched);
					expect(hex(sha256)).toBe(digest('sha256', content));
					const expected: string[] = [];
					for (let start = 0; start < sizeBytes; start += pieceLengthBytes) {
						expected.push(digest('sha1', content.subarray(start, start + pieceLengthBytes)));
					}
					expect(hex(pieces)).toBe(expected.join(''));
					expect(watched.progress.at(-1) ?? 0).toBe(sizeBytes);
				}),
			);
		}
	});

	it('leaves this thread free while it works', async () => {
		const file = await fileOf('film', new Uint8Array(64 * mebibyte));
		let turns = 0;
		const timer = setInterval(() => (turns += 1), 5);
		await hasher.hash(file, options());
		clearInterval(timer);
		expect(turns).toBeGreaterThan(5);
	});

	it('rests for a viewer and goes on', async () => {
		const file = await fileOf('film', new Uint8Array(200 * mebibyte));
		const reachedAtMs: number[] = [];
		const watched = options();
		await hasher.hash(file, {
			...watched,
			onProgress() {
				if (reachedAtMs.length === 0) hasher.rest();
				reachedAtMs.push(performance.now());
			},
		});
		const gaps = reachedAtMs.slice(1).map((atMs, index) => atMs - reachedAtMs[index]!);
		expect(Math.max(...gaps)).toBeGreaterThan(1_000);
	});

	it('gives a file up within a moment, and takes the next', async () => {
		const path = join(directory, 'large');
		await writeFile(path, '');
		await truncate(path, 4096 * mebibyte);
		const giveUp = new AbortController();
		const hashing = hasher.hash(await openOnDisk(path), options(giveUp.signal));
		const reason = new Error('not wanted any more');
		setTimeout(() => giveUp.abort(reason), 50);
		await expect(hashing).rejects.toBe(reason);
		await expect(
			hasher.hash(await fileOf('next', new Uint8Array(9)), options()),
		).resolves.toBeDefined();
	});

	it('says that a file is another one by now, or gone', async () => {
		const file = await fileOf('film', new Uint8Array(100));
		await appendFile(join(directory, 'film'), 'more');
		await expect(hasher.hash(file, options())).rejects.toMatchObject({ code: 'corrupt' });
		await rm(join(directory, 'film'));
		await expect(hasher.hash(file, options())).rejects.toMatchObject({ code: 'not-found' });
	});
});
