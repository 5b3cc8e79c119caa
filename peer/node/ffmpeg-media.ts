// Probing and pictures by ffmpeg, whichever there is: the machine's own programs (native-ffmpeg.ts) or the
// WebAssembly build (wasm-ffmpeg.ts). Owns the arguments and the size of pictures. A file that changed while
// it was looked at is `corrupt`, not judged by what was seen. Knows neither processes nor threads.
import { stat } from 'node:fs/promises';
import { GiggityflixError } from '../../proto/errors.ts';
import { factsOfFfprobe } from '../library/ffprobe-facts.ts';
import type { FrameGrabber, MediaProbe, OpenFile } from '../ports.ts';
import { pathOf } from './disk-folder.ts';

/** Runs ffmpeg's programs on one file of the disk. */
export interface Ffmpeg {
	/**
	 * Runs a program as `program …before -i <path> …after` and returns what it wrote. Throws `unsupported` when it
	 * could make nothing of the file, and `signal.reason`.
	 */
	run(call: FfmpegCall): Promise<Uint8Array<ArrayBuffer>>;
	/** Ends what is running. */
	close(): Promise<void>;
}

export interface FfmpegCall {
	readonly program: 'ffmpeg' | 'ffprobe';
	readonly before: readonly string[];
	readonly path: string;
	readonly after: readonly string[];
	readonly signal: AbortSignal;
}

/** Tried in turn until a picture fits; at 480 pixels the first does for nearly every film. */
const qualities = [75, 50, 25, 5];

export function ffmpegMedia(ffmpeg: Ffmpeg): MediaProbe & FrameGrabber {
	return {
		probe: (file, path, signal) =>
			unchanged(file, async () => {
				const output = await ffmpeg.run({
					program: 'ffprobe',
					before: ['-v', 'error', '-show_format', '-show_streams', '-print_format', 'json'],
					path: pathOf(file),
					after: [],
					signal,
				});
				return factsOfFfprobe(new TextDecoder().decode(output), path);
			}),
		grab: (file, _path, { atMs, ...limits }) =>
			unchanged(file, async () => {
				const pictures: { atMs: number; image: Uint8Array<ArrayBuffer> }[] = [];
				for (const wantedMs of atMs) {
					const image = await pictureAt(ffmpeg, pathOf(file), wantedMs, limits);
					pictures.push({ atMs: wantedMs, image });
				}
				return pictures;
			}),
	};
}

async function pictureAt(
	ffmpeg: Ffmpeg,
	path: string,
	wantedMs: number,
	limits: { maxWidthPx: number; maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
	for (const quality of qualities) {
		const image = await ffmpeg.run({
			program: 'ffmpeg',
			// In front of the input these seek by the index and decode key frames only.
			before: [
				...['-v', 'error', '-noaccurate_seek', '-skip_frame', 'nokey'],
				...['-ss', String(wantedMs / 1000)],
			],
			path,
			after: [
				...['-map', '0:v:0', '-frames:v', '1', '-an', '-sn'],
				// By "sar" and "dar" pixels that are not square come out square.
				...['-vf', `scale=w='min(${limits.maxWidthPx},iw*sar)':h='ow/dar'`],
				...['-c:v', 'libwebp', '-quality', String(quality), '-f', 'image2'],
			],
			signal: limits.signal,
		});
		if (image.length === 0) break;
		if (image.length <= limits.maxBytes) return image;
	}
	throw new GiggityflixError('unsupported', 'no picture came out of the film');
}

/** What `look` finds or throws, unless the file turned into another one meanwhile. */
async function unchanged<Result>(file: OpenFile, look: () => Promise<Result>): Promise<Result> {
	const [outcome] = await Promise.allSettled([look()]);
	const { size, mtimeMs } = await stat(pathOf(file)).catch((caught: unknown) => {
		throw GiggityflixError.from(caught);
	});
	if (size !== file.sizeBytes || Math.trunc(mtimeMs) !== file.modifiedAtMs) {
		throw new GiggityflixError('corrupt', 'the file has changed on disk');
	}
	if (outcome.status === 'rejected') throw outcome.reason;
	return outcome.value;
}
