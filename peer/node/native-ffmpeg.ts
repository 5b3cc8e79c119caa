// The ffmpeg and ffprobe of this machine, as child processes. They read files of the disk and nothing else,
// whatever a file says of other addresses, and are killed when they take too long or are given up.
import { spawn } from 'node:child_process';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Ffmpeg, FfmpegCall } from './ffmpeg-media.ts';

export interface FfmpegPrograms {
	readonly ffmpeg: string;
	readonly ffprobe: string;
}

/** A key frame takes under a second; a film that needs longer is broken. */
const timeoutMs = 60_000;
/** A poster is 64 KiB and the facts of a film with a hundred streams 200 KiB. */
const maxOutputBytes = 8 * 1024 * 1024;

/** `undefined` when a program is missing or writes no WebP. */
export async function findNativeFfmpeg(programs: FfmpegPrograms): Promise<Ffmpeg | undefined> {
	const signal = AbortSignal.timeout(timeoutMs);
	try {
		await run(programs.ffprobe, ['-version'], signal);
		const encoders = await run(programs.ffmpeg, ['-v', 'error', '-encoders'], signal);
		if (!encoders.toString().includes('libwebp')) return undefined;
	} catch {
		// Whatever keeps them from running, the other ffmpeg is there.
		return undefined;
	}
	return {
		run: ({ program, before, path, after, signal: wanted }: FfmpegCall) => {
			const guard = ['-protocol_whitelist', 'file,pipe,fd'];
			const output = program === 'ffmpeg' ? ['pipe:1'] : [];
			const quiet = program === 'ffmpeg' ? ['-nostdin'] : [];
			return run(
				programs[program],
				[...quiet, ...before, ...guard, '-i', `file:${path}`, ...after, ...output],
				AbortSignal.any([wanted, AbortSignal.timeout(timeoutMs)]),
			).catch((caught: unknown) => {
				wanted.throwIfAborted();
				throw new GiggityflixError('unsupported', `${program} gave up`, { cause: caught });
			});
		},
		close: () => Promise.resolve(),
	};
}

async function run(
	program: string,
	commandLine: readonly string[],
	signal: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
	const child = spawn(program, commandLine, {
		stdio: ['ignore', 'pipe', 'ignore'],
		signal,
		killSignal: 'SIGKILL',
	});
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	child.stdout.on('data', (chunk: Buffer) => {
		sizeBytes += chunk.length;
		if (sizeBytes > maxOutputBytes) child.kill('SIGKILL');
		else chunks.push(chunk);
	});
	await new Promise<void>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (exitCode) => {
			if (exitCode === 0) resolve();
			else reject(new Error(`${program} ended with ${String(exitCode)}`));
		});
	});
	return Buffer.concat(chunks);
}
