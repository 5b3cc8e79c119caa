// The same films through both ffmpegs: the programs of this machine, and the WebAssembly build.
import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOnDisk } from '../../../../peer/node/disk-folder.ts';
import { ffmpegMedia, type Ffmpeg } from '../../../../peer/node/ffmpeg-media.ts';
import { findNativeFfmpeg } from '../../../../peer/node/native-ffmpeg.ts';
import { wasmFfmpeg } from '../../../../peer/node/wasm-ffmpeg.ts';
import { filmSeconds, putFilms, turnedFilm, type FilmKind } from '../../../support/media.ts';

const programs = { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' };
const never = new AbortController().signal;
const maxBytes = 64 * 1024;

let directory: string;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), 'ffmpeg-media-'));
	const films: Record<string, FilmKind> = {
		'a film.mkv': 'mkv',
		'-i old tape.avi': 'avi',
		'wide.avi': 'avi-wide-pixels',
		'index at end.mp4': 'mp4-index-at-end',
	};
	await putFilms(directory, films);
	await turnedFilm(join(directory, 'turned.mp4'));
	await writeFile(join(directory, 'broken.mkv'), 'this is no film');
	await writeFile(join(directory, 'list.mp4'), '#EXTM3U\nhttp://127.0.0.1:9/film.ts\n');
});
afterAll(() => rm(directory, { recursive: true }));

const engines: [string, () => Promise<Ffmpeg | undefined>][] = [
	['native', () => findNativeFfmpeg(programs)],
	['WebAssembly', async () => wasmFfmpeg()],
];

describe.each(engines)('ffmpegMedia with %s ffmpeg', (_, makeFfmpeg) => {
	let ffmpeg: Ffmpeg;
	beforeAll(async () => {
		ffmpeg = (await makeFfmpeg())!;
	});
	afterAll(() => ffmpeg.close());

	const openFilm = (name: string) => openOnDisk(join(directory, name));
	const probe = async (name: string, signal = never) =>
		ffmpegMedia(ffmpeg).probe(await openFilm(name), name, signal);
	const grab = async (name: string, atMs: number[], limits: { maxBytes?: number } = {}) =>
		ffmpegMedia(ffmpeg).grab(await openFilm(name), name, {
			...{ atMs, maxWidthPx: 480, maxBytes, signal: never },
			...limits,
		});

	it('finds out what films are', async () => {
		const facts = await probe('a film.mkv');
		expect(facts).toMatchObject({
			widthPx: 640,
			heightPx: 360,
			mimeType: 'video/x-matroska',
			videoCodec: expect.stringMatching(/^avc1\.64/) as string,
			audioCodec: 'mp4a.40',
		});
		expect(facts.durationMs).toBeGreaterThan((filmSeconds - 1) * 1000);
		expect(await probe('-i old tape.avi')).toMatchObject({ videoCodec: 'mp4v.20' });
		expect(await probe('turned.mp4')).toMatchObject({ widthPx: 360, heightPx: 640 });
	});

	it('takes pictures of the wanted size, in the wanted order', async () => {
		const pictures = await grab('index at end.mp4', [5000, 0]);
		expect(pictures.map(({ atMs }) => atMs)).toEqual([5000, 0]);
		for (const { image } of pictures) {
			expect(sizeOfWebP(image)).toEqual({ widthPx: 480, heightPx: 270 });
			expect(image.length).toBeLessThan(maxBytes);
		}
		expect(pictures[0]?.image).not.toEqual(pictures[1]?.image);
	});

	it('keeps the shape of wide pixels and of films on their side', async () => {
		const [wide] = await grab('wide.avi', [1000]);
		expect(sizeOfWebP(wide!.image)).toEqual({ widthPx: 480, heightPx: 270 });
		const [turned] = await grab('turned.mp4', [1000]);
		expect(sizeOfWebP(turned!.image)).toEqual({ widthPx: 360, heightPx: 640 });
	});

	it('lowers the quality until a picture fits', async () => {
		const [large] = await grab('a film.mkv', [2000]);
		const [small] = await grab('a film.mkv', [2000], { maxBytes: large!.image.length - 1 });
		expect(small!.image.length).toBeLessThan(large!.image.length);
		await expect(grab('a film.mkv', [2000], { maxBytes: 10 })).rejects.toMatchObject({
			code: 'unsupported',
		});
	});

	it('refuses what is no film, and asks nobody else for it', async () => {
		await expect(probe('broken.mkv')).rejects.toMatchObject({ code: 'unsupported' });
		await expect(grab('broken.mkv', [0])).rejects.toMatchObject({ code: 'unsupported' });
		await expect(probe('list.mp4')).rejects.toMatchObject({ code: 'unsupported' });
		expect(await probe('a film.mkv')).toMatchObject({ widthPx: 640 });
	});

	it('stops when it is told to', async () => {
		const reason = new Error('not wanted any more');
		await expect(probe('a film.mkv', AbortSignal.abort(reason))).rejects.toBe(reason);
		expect(await probe('a film.mkv')).toMatchObject({ widthPx: 640 });
	});

	it('does not judge a file that changed meanwhile', async () => {
		const path = join(directory, 'growing.mkv');
		await writeFile(path, 'not complete');
		const file = await openOnDisk(path);
		await appendFile(path, ' yet');
		await utimes(path, new Date(), new Date(Date.now() + 5000));
		const media = ffmpegMedia(ffmpeg);
		await expect(media.probe(file, 'growing.mkv', never)).rejects.toMatchObject({
			code: 'corrupt',
		});
		await rm(path);
		await expect(media.probe(file, 'growing.mkv', never)).rejects.toMatchObject({
			code: 'not-found',
		});
	});
});

describe('findNativeFfmpeg', () => {
	it('is not there when a program is missing', async () => {
		expect(await findNativeFfmpeg({ ...programs, ffprobe: '/nowhere/ffprobe' })).toBeUndefined();
		expect(await findNativeFfmpeg({ ...programs, ffmpeg: '/bin/true' })).toBeUndefined();
	});
});

/** Of a lossy picture (RFC 9649 §2.5). */
function sizeOfWebP(image: Uint8Array<ArrayBuffer>): { widthPx: number; heightPx: number } {
	expect(Buffer.from(image.subarray(8, 16)).toString()).toBe('WEBPVP8 ');
	const view = new DataView(image.buffer, image.byteOffset);
	return { widthPx: view.getUint16(26, true), heightPx: view.getUint16(28, true) };
}
