// ffmpeg's WebAssembly build in a thread of its own, for machines without the programs. One call at a time; the
// thread ends when it has been idle for a while, and when a call is given up, for nothing else stops it. The
// same @ffmpeg/core as in the page (GPL, a file of its own, replaceable).
import { Worker } from 'node:worker_threads';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Ffmpeg, FfmpegCall } from './ffmpeg-media.ts';
import type { WasmAnswer, WasmOrder } from './wasm-ffmpeg-worker.ts';

/** The core keeps some 100 MB; a scan that found one film soon finds the next. */
const idleMs = 30_000;
/** Six times what a film of two hours takes. */
const timeoutMs = 60_000;

export function wasmFfmpeg(): Ffmpeg {
	let worker: Worker | undefined;
	let turn: Promise<unknown> = Promise.resolve();
	let idleTimer: NodeJS.Timeout | undefined;

	async function end(): Promise<void> {
		clearTimeout(idleTimer);
		const ended = worker;
		worker = undefined;
		await ended?.terminate();
	}

	async function run({ signal: wanted, ...order }: FfmpegCall): Promise<Uint8Array<ArrayBuffer>> {
		wanted.throwIfAborted();
		clearTimeout(idleTimer);
		worker ??= new Worker(new URL('./wasm-ffmpeg-worker.ts', import.meta.url), {
			execArgv: ['--disable-warning=ExperimentalWarning'],
		});
		try {
			const signal = AbortSignal.any([wanted, AbortSignal.timeout(timeoutMs)]);
			const answer = await ask(worker, order, signal);
			if (answer.kind === 'not-loaded') {
				throw new GiggityflixError('unavailable', `ffmpeg cannot be loaded: ${answer.message}`);
			}
			if (answer.kind === 'failed') throw new GiggityflixError('unsupported', answer.message);
			idleTimer = setTimeout(() => void end(), idleMs).unref();
			return answer.output;
		} catch (caught) {
			// Whatever state the core is in, the next film gets a fresh one.
			await end();
			wanted.throwIfAborted();
			if (caught instanceof GiggityflixError) throw caught;
			throw new GiggityflixError('unsupported', 'ffmpeg broke down', { cause: caught });
		}
	}

	return {
		run: (call) => {
			const result = turn.then(() => run(call));
			// A film that failed does not hold up the next one; its own caller hears of it.
			turn = result.catch(() => undefined);
			return result;
		},
		close: end,
	};
}

function ask(worker: Worker, order: WasmOrder, signal: AbortSignal): Promise<WasmAnswer> {
	const settled = new AbortController();
	worker.ref();
	return new Promise<WasmAnswer>((resolve, reject) => {
		worker.once('message', resolve);
		worker.once('error', reject);
		const onAbort = () => reject(signal.reason as Error);
		signal.addEventListener('abort', onAbort, { once: true, signal: settled.signal });
		worker.postMessage(order);
	}).finally(() => {
		settled.abort();
		worker.removeAllListeners('message').removeAllListeners('error').unref();
	});
}
