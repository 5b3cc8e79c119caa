// Which adapters look into films in a page, and in which order: mediabunny in a worker, for pictures then
// the browser's player, and ffmpeg.wasm for what is left. The only place that knows all three.
import type { FrameGrabber, MediaProbe } from '../../../peer/ports.ts';
import { workerMedia } from '../workers/worker-media.ts';
import { fallbackFrames } from './fallback-frames.ts';
import { fallbackProbe } from './fallback-probe.ts';
import { lazyMedia } from './lazy-media.ts';
import { videoElementFrames } from './video-element-frames.ts';

/** Nothing is started or fetched before the first film. */
export function browserMedia(): { readonly probe: MediaProbe; readonly frames: FrameGrabber } {
	const mediabunny = workerMedia();
	const ffmpeg = lazyMedia(async () => (await import('./ffmpeg-media.ts')).ffmpegMedia());
	return {
		probe: fallbackProbe([mediabunny, ffmpeg]),
		frames: fallbackFrames([mediabunny, videoElementFrames(), ffmpeg]),
	};
}
