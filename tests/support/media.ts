// Real films for tests, made with ffmpeg and kept in `.cache/media`: a few seconds, small, in every
// container people have. Also files as large as real films that take no room on the disk. Knows nothing
// of the product.
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheDir = join(import.meta.dirname, '../../.cache/media');

/** Length of every film but the long one. */
export const filmSeconds = 6;
/** Length of the long film: more than a player reads ahead, so that there is something left to fetch. */
export const longFilmSeconds = 120;
/** Size of every picture. */
export const filmSize = { widthPx: 640, heightPx: 360 };

const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '24'];
const aac = ['-c:a', 'aac', '-b:a', '64k'];

/** How each film is encoded, and the extension of its file. */
const films = {
	/** Index in front: a player can start with the first bytes. */
	'mp4-index-in-front': { extension: '.mp4', encode: [...h264, ...aac, '-movflags', '+faststart'] },
	/** About 12 MB. */
	'mp4-long': {
		extension: '.mp4',
		seconds: longFilmSeconds,
		encode: [...h264, '-b:v', '800k', ...aac, '-movflags', '+faststart'],
	},
	/** Index at the end, as cameras write it. */
	'mp4-index-at-end': { extension: '.mp4', encode: [...h264, ...aac] },
	mkv: { extension: '.mkv', encode: [...h264, ...aac] },
	webm: {
		extension: '.webm',
		encode: [
			'-c:v',
			'libvpx',
			'-deadline',
			'realtime',
			'-cpu-used',
			'8',
			'-g',
			'24',
			'-c:a',
			'libopus',
		],
	},
	mov: { extension: '.mov', encode: [...h264, ...aac] },
	/** MPEG-4 ASP and MP3 in AVI: no browser plays it, mediabunny does not open it. */
	avi: {
		extension: '.avi',
		encode: ['-c:v', 'mpeg4', '-q:v', '5', '-g', '24', '-c:a', 'libmp3lame'],
	},
	/** The same picture with pixels wider than high, as DVDs have them. */
	'avi-wide-pixels': {
		extension: '.avi',
		encode: ['-vf', 'scale=480:360,setsar=4/3', '-c:v', 'mpeg4', '-g', '24', '-an'],
	},
} as const satisfies Record<string, Encoding>;

interface Encoding {
	readonly extension: string;
	readonly encode: readonly string[];
	readonly seconds?: number;
}

export type FilmKind = keyof typeof films;

/** Path of a film in the cache. Tests that change a film copy it first. */
export async function testFilm(kind: FilmKind): Promise<string> {
	const { extension, encode, seconds = filmSeconds }: Encoding = films[kind];
	const path = join(cacheDir, `${kind}-${seconds}s${extension}`);
	if (existsSync(path)) return path;
	await mkdir(cacheDir, { recursive: true });
	// Another test process may make the same film now: each writes its own file, the last rename wins.
	const unfinished = join(cacheDir, `${randomUUID()}${extension}`);
	await run('ffmpeg', ['-v', 'error', '-y', ...testPicture(seconds), ...encode, unfinished]);
	await rename(unfinished, path);
	return path;
}

/** A moving picture with a running clock, and a tone. */
const testPicture = (seconds: number) => [
	...['-f', 'lavfi', '-i'],
	`testsrc2=size=${filmSize.widthPx}x${filmSize.heightPx}:rate=24:duration=${seconds}`,
	...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-shortest'],
];

/**
 * Puts films into a folder under the given names; folders in the names are made. Films of different names differ, or
 * the same content would be one film in the catalog.
 */
export async function putFilms(
	folder: string,
	names: Readonly<Record<string, FilmKind>>,
): Promise<void> {
	for (const [name, kind] of Object.entries(names)) {
		const path = join(folder, name);
		await mkdir(join(path, '..'), { recursive: true });
		await copyFile(await testFilm(kind), path);
		await appendFile(path, nothingOf(films[kind].extension, name));
	}
}

/** What a container may end with without meaning anything: a few bytes that depend on `name`. */
function nothingOf(extension: string, name: string): Buffer {
	const bytes = createHash('sha256').update(name).digest();
	const header = Buffer.alloc(8);
	switch (extension) {
		case '.mkv':
		case '.webm':
			// Void (RFC 8794 §11.3.2), with its size in one byte.
			return Buffer.concat([Buffer.from([0xec, 0x80 + bytes.length]), bytes]);
		case '.avi':
			header.write('JUNK');
			header.writeUInt32LE(bytes.length, 4);
			return Buffer.concat([header, bytes]);
		default:
			// A free box (ISO/IEC 14496-12 §8.1.2).
			header.writeUInt32BE(header.length + bytes.length);
			header.write('free', 4);
			return Buffer.concat([header, bytes]);
	}
}

/** Writes an MP4 as a phone held upright does: stored lying, with a note to show it turned by a quarter. */
export async function turnedFilm(path: string): Promise<void> {
	const film = await readFile(await testFilm('mp4-index-in-front'));
	const header = film.indexOf('tkhd', 0, 'latin1');
	// The matrix of a track header, 44 bytes after its name (ISO/IEC 14496-12 §8.3.2), for a quarter clockwise.
	const matrix = [0, 0x10000, 0, -0x10000, 0, 0, filmSize.heightPx * 0x10000, 0, 0x40000000];
	matrix.forEach((value, index) => film.writeInt32BE(value, header + 44 + index * 4));
	await writeFile(path, film);
}

/**
 * Writes an MP4 of exactly `sizeBytes` that takes as much room on the disk as a few seconds of film: a "free" box
 * without content fills it up. It plays to its end, and with the index at the end a player has to jump there.
 */
export async function sparseFilm(
	path: string,
	sizeBytes: number,
	options: { index: 'in-front' | 'at-end' } = { index: 'in-front' },
): Promise<void> {
	const film = await readFile(await testFilm(`mp4-index-${options.index}`));
	const splitAt = options.index === 'in-front' ? film.length : offsetOfBox(film, 'moov');
	const head = film.subarray(0, splitAt);
	const tail = film.subarray(splitAt);
	const free = Buffer.alloc(16);
	// A size of 1 says that the real one follows in 64 bits (ISO/IEC 14496-12 §4.2).
	free.writeUInt32BE(1, 0);
	free.write('free', 4, 'latin1');
	free.writeBigUInt64BE(BigInt(sizeBytes - film.length), 8);
	if (sizeBytes < film.length + free.length)
		throw new RangeError('a sparse film is larger than that');

	const file = await open(path, 'w');
	try {
		await file.truncate(sizeBytes);
		await file.write(head, 0, head.length, 0);
		await file.write(free, 0, free.length, head.length);
		await file.write(tail, 0, tail.length, sizeBytes - tail.length);
	} finally {
		await file.close();
	}
}

function offsetOfBox(film: Buffer, wanted: string): number {
	for (let offset = 0; offset < film.length; offset += film.readUInt32BE(offset)) {
		if (film.toString('latin1', offset + 4, offset + 8) === wanted) return offset;
	}
	throw new Error(`the film has no ${wanted} box`);
}
