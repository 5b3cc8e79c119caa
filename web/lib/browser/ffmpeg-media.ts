// Probing and pictures by ffmpeg.wasm, for the containers and codecs nothing else opens: AVI, MPEG-4
// ASP, WMV. The core is 32 MB and comes from our own origin with the first such file; @ffmpeg/core is GPL
// and stays a file of its own, replaceable. The film is mounted, not copied. @ffmpeg/ffmpeg brings the
// worker; the single-thread core needs no cross-origin isolation.
import { FFFSType, FFmpeg } from '@ffmpeg/ffmpeg';
import coreUrl from '@ffmpeg/core?url';
import wasmUrl from '@ffmpeg/core/wasm?url';
import type { FrameGrabber, MediaProbe, OpenFile } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { nativeFileOf } from './browser-file.ts';
import { encodePoster } from './encode-poster.ts';
import { factsOfFfprobe } from '../../../peer/library/ffprobe-facts.ts';

/** The core keeps some 100 MB; a scan that found an AVI soon finds the next. */
const idleMs = 30_000;
/** A key frame takes under a second; a film that needs longer is broken. */
const execTimeoutMs = 60_000;

const mountPoint = '/film';
/** A fixed name: what people call their films is no business of a command line. */
const filmPath = `${mountPoint}/film`;

export function ffmpegMedia(): MediaProbe & FrameGrabber {
	const core = createCore();
	return {
		probe: (file, path, signal) =>
			core.withFilm(file, signal, async (ffmpeg) => {
				const output = 'facts.json';
				const show = ['-v', 'error', '-show_format', '-show_streams', '-print_format', 'json'];
				// Its exit code says -1 even when all went well (@ffmpeg/core 0.12.10); what it wrote tells.
				await ffmpeg.ffprobe([...show, '-o', output, filmPath], execTimeoutMs);
				return factsOfFfprobe(await readText(ffmpeg, output), path);
			}),

		grab: (file, _path, { atMs, maxWidthPx, maxBytes, signal }) =>
			core.withFilm(file, signal, async (ffmpeg) => {
				const pictures: { atMs: number; image: Uint8Array<ArrayBuffer> }[] = [];
				for (const wantedMs of atMs) {
					const bitmap = await keyFrameAt(ffmpeg, wantedMs, maxWidthPx);
					const image = await encodePoster({
						draw: (context, width, height) => context.drawImage(bitmap, 0, 0, width, height),
						widthPx: bitmap.width,
						heightPx: bitmap.height,
						maxWidthPx,
						maxBytes,
					}).finally(() => bitmap.close());
					pictures.push({ atMs: wantedMs, image });
				}
				return pictures;
			}),
	};
}

async function keyFrameAt(
	ffmpeg: FFmpeg,
	wantedMs: number,
	maxWidthPx: number,
): Promise<ImageBitmap> {
	const output = 'picture.png';
	// The flags before -i make it seek by the index and decode key frames only: a sixth of the time.
	const seek = ['-noaccurate_seek', '-skip_frame', 'nokey', '-ss', String(wantedMs / 1000)];
	// By "sar" and "dar" pixels that are not square come out square.
	const scale = `scale=w='min(${maxWidthPx},iw*sar)':h='ow/dar'`;
	const picture = ['-map', '0:v:0', '-frames:v', '1', '-vf', scale, '-c:v', 'png', output];
	await check(ffmpeg.exec([...seek, '-i', filmPath, ...picture], execTimeoutMs));
	const png = await readBytes(ffmpeg, output);
	return createImageBitmap(new Blob([png], { type: 'image/png' }));
}

/** The loaded core: one film at a time, ended when idle or aborted, because nothing else stops it. */
function createCore() {
	let loading: Promise<FFmpeg> | undefined;
	let turn: Promise<unknown> = Promise.resolve();
	let idleTimer: ReturnType<typeof setTimeout> | undefined;

	function end(): void {
		const ended = loading;
		loading = undefined;
		ended?.then((ffmpeg) => ffmpeg.terminate()).catch(() => undefined);
	}

	async function run<Result>(
		file: File,
		signal: AbortSignal,
		use: (ffmpeg: FFmpeg) => Promise<Result>,
	): Promise<Result> {
		signal.throwIfAborted();
		clearTimeout(idleTimer);
		signal.addEventListener('abort', end, { once: true });
		try {
			const ffmpeg = await (loading ??= load());
			const mounted = { blobs: [{ name: 'film', data: file }] };
			await ffmpeg.mount(FFFSType.WORKERFS, mounted, mountPoint);
			const result = await use(ffmpeg);
			await ffmpeg.unmount(mountPoint);
			return result;
		} catch (caught) {
			// Whatever state the core is in, the next film gets a fresh one.
			end();
			signal.throwIfAborted();
			if (caught instanceof GiggityflixError) throw caught;
			throw new GiggityflixError('unsupported', 'ffmpeg broke down', { cause: caught });
		} finally {
			signal.removeEventListener('abort', end);
			idleTimer = setTimeout(end, idleMs);
		}
	}

	return {
		/** Throws `unavailable` when the core cannot be fetched, `signal.reason`, and what `use` throws. */
		withFilm: async <Result>(
			file: OpenFile,
			signal: AbortSignal,
			use: (ffmpeg: FFmpeg) => Promise<Result>,
		): Promise<Result> => {
			const native = nativeFileOf(file);
			const result = turn.then(() => run(native, signal, use));
			// A film that failed does not hold up the next one; its own caller hears of it.
			turn = result.catch(() => undefined);
			return result;
		},
	};
}

async function load(): Promise<FFmpeg> {
	try {
		const ffmpeg = new FFmpeg();
		await ffmpeg.load({
			coreURL: new URL(coreUrl, location.href).href,
			wasmURL: new URL(wasmUrl, location.href).href,
		});
		await ffmpeg.createDir(mountPoint);
		return ffmpeg;
	} catch (caught) {
		throw new GiggityflixError('unavailable', 'ffmpeg cannot be loaded', { cause: caught });
	}
}

/** ffmpeg answers with an exit code; anything but 0 means it could not make sense of the file. */
async function check(running: Promise<number>): Promise<void> {
	const exitCode = await running;
	if (exitCode !== 0) throw new GiggityflixError('unsupported', `ffmpeg gave up with ${exitCode}`);
}

async function readText(ffmpeg: FFmpeg, path: string): Promise<string> {
	return new TextDecoder().decode(await readBytes(ffmpeg, path));
}

async function readBytes(ffmpeg: FFmpeg, path: string): Promise<Uint8Array<ArrayBuffer>> {
	const content = await ffmpeg.readFile(path).catch((caught: unknown) => {
		throw new GiggityflixError('unsupported', 'ffmpeg wrote nothing', { cause: caught });
	});
	await ffmpeg.deleteFile(path);
	if (typeof content === 'string') throw new GiggityflixError('internal', 'text instead of bytes');
	return new Uint8Array(content);
}
