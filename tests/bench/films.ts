// The films the benchmarks play: an hour of 1080p with its index in front or at the end, made once with
// ffmpeg by repeating a coded minute, and kept in .cache.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../.cache/bench-films/', import.meta.url));

/** Path of the film. `front`: the index comes first, as for streaming; `end`: as cameras and muxers write it. */
export function hourLongFilm(index: 'front' | 'end'): string {
	const path = join(folder, index, `hour-index-${index}.mp4`);
	if (existsSync(path)) return path;
	mkdirSync(join(folder, index), { recursive: true });
	const minute = codedMinute();
	const unfinished = `${path}.part.mp4`;
	const flags = index === 'front' ? ['-movflags', '+faststart'] : [];
	ffmpeg(['-stream_loop', '59', '-i', minute, '-c', 'copy', ...flags, unfinished]);
	renameSync(unfinished, path);
	return path;
}

/** Sixty seconds of H.264 and AAC, a key frame every two seconds, about 1 Mbit/s. */
function codedMinute(): string {
	const path = join(folder, 'minute.mp4');
	if (existsSync(path)) return path;
	const unfinished = `${path}.part.mp4`;
	const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=1920x1080:rate=25:duration=60'];
	const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=60'];
	const video = [
		'-c:v',
		'libx264',
		'-preset',
		'ultrafast',
		'-b:v',
		'1M',
		'-g',
		'50',
		'-pix_fmt',
		'yuv420p',
	];
	ffmpeg([...picture, ...sound, ...video, '-c:a', 'aac', '-shortest', unfinished]);
	renameSync(unfinished, path);
	return path;
}

function ffmpeg(args: readonly string[]): void {
	execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], {
		stdio: ['ignore', 'inherit', 'inherit'],
	});
}
