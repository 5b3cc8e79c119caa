// Hashing in worker threads with Node's own crypto: one file per worker, so that several files use several
// cores and this thread stays free to serve. Workers start with the first file, wait a while for the next one
// without keeping the process alive, and end when a file is given up. The work itself is in hash-worker.ts.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { GiggityflixError } from '../../proto/errors.ts';
import type { HashedFile, Hasher } from '../ports.ts';
import { pathOf } from './disk-folder.ts';
import type { HashAnswer, HashCommand, HashOrder } from './hash-worker.ts';

/** A hasher with threads of its own. */
export interface NodeHasher extends Hasher {
	/** Ends every worker. Files in progress never settle; abort them first. */
	close(): Promise<void>;
}

/** A library is hashed file after file; afterwards the chunks of a worker, some 100 MB, are of no use. */
const idleMs = 10_000;

export function nodeHasher(maxFilesAtOnce = Math.max(1, availableParallelism() - 1)): NodeHasher {
	const workers = new Set<Worker>();
	/** Those that wait, each with the timer of its end. */
	const idle = new Map<Worker, NodeJS.Timeout>();

	function take(): Worker {
		const [waiting] = idle.keys();
		if (waiting) {
			wakeUp(waiting);
			return waiting;
		}
		const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), {
			execArgv: ['--disable-warning=ExperimentalWarning'],
		});
		workers.add(worker);
		worker.once('exit', () => {
			workers.delete(worker);
			wakeUp(worker);
		});
		return worker;
	}

	function wakeUp(worker: Worker): void {
		clearTimeout(idle.get(worker));
		idle.delete(worker);
	}

	function putBack(worker: Worker): void {
		worker.unref();
		const end = () => {
			idle.delete(worker);
			void worker.terminate();
		};
		idle.set(worker, setTimeout(end, idleMs).unref());
	}

	return {
		maxFilesAtOnce,
		rest() {
			for (const worker of workers) worker.postMessage({ kind: 'rest' } satisfies HashCommand);
		},
		async hash(file, { pieceLengthBytes, onProgress, signal }) {
			signal.throwIfAborted();
			const { sizeBytes, modifiedAtMs } = file;
			const version = { path: pathOf(file), sizeBytes, modifiedAtMs };
			const order: HashOrder = { kind: 'hash', ...version, pieceLengthBytes };
			const worker = take();
			worker.ref();
			const outcome = await runOrder(worker, order, onProgress, signal);
			if (outcome.kind === 'interrupted') {
				await worker.terminate();
				throw outcome.reason;
			}
			putBack(worker);
			if (outcome.kind === 'failed') {
				throw new GiggityflixError(outcome.code, outcome.message);
			}
			return outcome.hashed;
		},
		close: async () => {
			await Promise.all([...workers].map((worker) => worker.terminate()));
		},
	};
}

type Outcome =
	| { readonly kind: 'done'; readonly hashed: HashedFile }
	| Extract<HashAnswer, { kind: 'failed' }>
	/** The worker is of no more use: it broke down, or is busy with a file nobody wants. */
	| { readonly kind: 'interrupted'; readonly reason: Error };

function runOrder(
	worker: Worker,
	order: HashOrder,
	onProgress: (hashedBytes: number) => void,
	signal: AbortSignal,
): Promise<Outcome> {
	return new Promise((resolve) => {
		const settle = (outcome: Outcome) => {
			worker.off('message', onAnswer).off('error', onError);
			signal.removeEventListener('abort', onAbort);
			resolve(outcome);
		};
		const onAnswer = (answer: HashAnswer) => {
			if (answer.kind === 'progress') onProgress(answer.hashedBytes);
			else settle(answer);
		};
		const onError = (error: Error) =>
			settle({ kind: 'interrupted', reason: GiggityflixError.from(error) });
		const onAbort = () => settle({ kind: 'interrupted', reason: signal.reason as Error });
		worker.on('message', onAnswer).on('error', onError);
		signal.addEventListener('abort', onAbort, { once: true });
		worker.postMessage(order);
	});
}
