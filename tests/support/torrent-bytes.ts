// Torrents for tests, written byte by byte as other programs write them, good ones and damaged ones.
import { createHash } from 'node:crypto';

export type Bencodable =
	number | string | Uint8Array | readonly Bencodable[] | { readonly [key: string]: Bencodable };

/** Dictionaries with their keys in order, as they have to be. */
export function bencode(value: Bencodable): Buffer {
	if (typeof value === 'number') return Buffer.from(`i${value}e`);
	if (typeof value === 'string') return bencode(Buffer.from(value));
	if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
	if (Array.isArray(value)) {
		const list = value as readonly Bencodable[];
		return Buffer.concat([Buffer.from('l'), ...list.map(bencode), Buffer.from('e')]);
	}
	const entries = Object.entries(value as Record<string, Bencodable>)
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.flatMap(([key, content]) => [bencode(key), bencode(content)]);
	return Buffer.concat([Buffer.from('d'), ...entries, Buffer.from('e')]);
}

export const testPieceBytes = 16 * 1024;

/** SHA-1 of each, one after another. */
export function pieceHashesOf(bytes: Uint8Array, pieceBytes: number): Buffer {
	const digests: Buffer[] = [];
	for (let at = 0; at < bytes.length; at += pieceBytes) {
		digests.push(
			createHash('sha1')
				.update(bytes.subarray(at, at + pieceBytes))
				.digest(),
		);
	}
	return Buffer.concat(digests);
}

/** An info dictionary of one file; `changes` replace or add keys. */
export function testInfo(sizeBytes: number, changes: Record<string, Bencodable> = {}) {
	return {
		name: 'Harbour Lights.mp4',
		'piece length': testPieceBytes,
		length: sizeBytes,
		pieces: Buffer.alloc(Math.ceil(sizeBytes / testPieceBytes) * 20, 7),
		...changes,
	} satisfies Record<string, Bencodable>;
}

/** An info dictionary of several files. */
export function testFolderInfo(
	files: readonly { readonly path: readonly string[]; readonly length: number }[],
	changes: Record<string, Bencodable> = {},
) {
	const sizeBytes = files.reduce((sum, { length }) => sum + length, 0);
	const { name, pieces } = testInfo(sizeBytes);
	return {
		name,
		pieces,
		'piece length': testPieceBytes,
		files: files.map(({ path, length }) => ({ path, length })),
		...changes,
	};
}

/** As many files as are read, in a .torrent close to its largest size. */
export function largestTorrent(): Buffer {
	const files = Array.from({ length: 5000 }, (_, index) => ({
		path: ['Season', 'x'.repeat(240), `Episode ${index}.mp4`],
		length: testPieceBytes * 3,
	}));
	return bencode({ info: testFolderInfo(files) });
}

/** Damaged copies: bytes changed, left out, doubled, or the end cut off. The same for the same seed. */
export function* mutations(
	original: Uint8Array,
	count: number,
	seed = 1,
): Generator<Uint8Array<ArrayBuffer>> {
	let state = seed;
	const below = (limit: number) => {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		return Math.floor((state / 2 ** 32) * limit);
	};
	for (let index = 0; index < count; index += 1) {
		let bytes = [...original];
		for (let change = below(4); change >= 0; change -= 1) {
			const at = below(bytes.length);
			const kind = below(4);
			if (kind === 0) bytes[at] = below(256);
			else if (kind === 1) bytes.splice(at, 1 + below(8));
			else if (kind === 2) bytes.splice(at, 0, ...bytes.slice(at, at + 1 + below(40)));
			else bytes = bytes.slice(0, Math.max(1, at));
		}
		yield Uint8Array.from(bytes);
	}
}
