// Hashing by a worker: the port as the page uses it. One file at a time, because hashing is bound by one
// core and by the disk.
import type { Hasher } from '../../../peer/ports.ts';
import { nativeFileOf } from '../browser/browser-file.ts';
import type { HashCalls } from './hash-protocol.ts';
import { createWorkerLine } from './worker-line.ts';

const idleMs = 30_000;

/** The worker starts with the first file. */
export function workerHasher(): Hasher {
	const line = createWorkerLine<HashCalls>({
		startWorker: () => new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' }),
		idleMs,
	});
	return {
		sha256: async (file, signal) => line.call('sha256', { file: nativeFileOf(file) }, signal),
	};
}
