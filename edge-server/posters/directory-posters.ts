// Posters as files in a directory, named by the SHA-256 of their bytes. Owns the cap on their total size:
// the least recently written go first. A file appears whole or not at all, whenever the process dies.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PosterStore } from '../ports.ts';

/** Room for some 20,000 pictures of the usual 25 KiB. */
const defaultMaxTotalBytes = 512 * 1024 * 1024;

const posterName = /^[0-9a-f]{64}$/;
const partialSuffix = '.partial';

/** Makes the directory, takes stock of it and clears what a crash left half written. */
export async function createDirectoryPosters(options: {
	directory: string;
	maxTotalBytes?: number;
}): Promise<PosterStore> {
	const { directory, maxTotalBytes = defaultMaxTotalBytes } = options;
	await mkdir(directory, { recursive: true });
	// Oldest first: a Map keeps the order of insertion.
	const sizes = await takeStock(directory);
	let totalBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
	// One write at a time, or two could make room for one.
	let lastWrite: Promise<void> = Promise.resolve();

	async function makeRoom(neededBytes: number): Promise<void> {
		for (const [posterId, sizeBytes] of sizes) {
			if (totalBytes + neededBytes <= maxTotalBytes) return;
			sizes.delete(posterId);
			totalBytes -= sizeBytes;
			await rm(join(directory, posterId), { force: true });
		}
	}

	async function write(posterId: string, image: Uint8Array): Promise<void> {
		const known = sizes.get(posterId);
		if (known !== undefined) {
			// The same bytes, by their name; being offered again makes them young.
			sizes.delete(posterId);
			sizes.set(posterId, known);
			return;
		}
		await makeRoom(image.length);
		await writeWhole(join(directory, posterId), image);
		sizes.set(posterId, image.length);
		totalBytes += image.length;
	}

	return {
		async put(posterId, image) {
			requireName(posterId);
			if (image.length > maxTotalBytes) {
				throw new GiggityflixError('resource-exhausted', 'the picture is larger than the store');
			}
			const written = lastWrite.then(() => write(posterId, image));
			lastWrite = written.catch(() => undefined);
			await written;
		},
		async get(posterId) {
			requireName(posterId);
			if (!sizes.has(posterId)) return undefined;
			try {
				return await readFile(join(directory, posterId));
			} catch (error) {
				// Deleted to make room since the line above, or by hand.
				if (GiggityflixError.from(error).code === 'not-found') return undefined;
				throw error;
			}
		},
	};
}

/** A name comes from a URL or a peer; only a digest may become part of a path. */
function requireName(posterId: string): void {
	if (posterName.test(posterId)) return;
	throw new GiggityflixError('invalid-argument', 'a poster id is 64 hexadecimal digits');
}

async function writeWhole(file: string, image: Uint8Array): Promise<void> {
	const partial = `${file}${partialSuffix}`;
	try {
		await writeFile(partial, image);
		await rename(partial, file);
	} catch (error) {
		await rm(partial, { force: true });
		throw GiggityflixError.from(error);
	}
}

async function takeStock(directory: string): Promise<Map<string, number>> {
	const found: { name: string; sizeBytes: number; writtenAtMs: number }[] = [];
	for (const name of await readdir(directory)) {
		const file = join(directory, name);
		if (name.endsWith(partialSuffix)) await rm(file, { force: true });
		if (!posterName.test(name)) continue;
		const { size, mtimeMs } = await stat(file);
		found.push({ name, sizeBytes: size, writtenAtMs: mtimeMs });
	}
	found.sort((one, other) => one.writtenAtMs - other.writtenAtMs);
	return new Map(found.map(({ name, sizeBytes }) => [name, sizeBytes]));
}
