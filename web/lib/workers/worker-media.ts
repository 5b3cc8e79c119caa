// Probing and pictures by a worker with mediabunny: the ports as the page uses them. A browser's `File`
// crosses to the worker as a reference, not as bytes.
import type { FrameGrabber, MediaProbe } from '../../../peer/ports.ts';
import { nativeFileOf } from '../browser/browser-file.ts';
import type { MediaCalls } from './media-protocol.ts';
import { createWorkerLine } from './worker-line.ts';

/** A scan asks several times a second; half a minute later it is over. */
const idleMs = 30_000;

/** The worker starts with the first film. */
export function workerMedia(): MediaProbe & FrameGrabber {
	const line = createWorkerLine<MediaCalls>({
		startWorker: () =>
			new Worker(new URL('./media.worker.ts', import.meta.url), { type: 'module' }),
		idleMs,
	});
	return {
		probe: async (file, path, signal) =>
			line.call('probe', { file: nativeFileOf(file), path }, signal),
		grab: async (file, path, { atMs, maxWidthPx, maxBytes, signal }) =>
			line.call('grab', { file: nativeFileOf(file), path, atMs, maxWidthPx, maxBytes }, signal),
	};
}
