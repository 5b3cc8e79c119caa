// Takes pictures with a hidden `<video>`, where there is no VideoDecoder or it knows the codec less well
// than the player does. Twenty times slower than mediabunny-frames.ts: the browser decodes up to the exact time.
// Needs a page, so it does not run in a worker.
import type { FrameGrabber } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { nativeFileOf } from './browser-file.ts';
import { encodePoster } from './encode-poster.ts';

/** A seek takes under a second; a player that waits longer waits for bytes that do not come. */
const stepTimeoutMs = 10_000;

export function videoElementFrames(): FrameGrabber {
	return {
		grab: async (file, _path, { atMs, maxWidthPx, maxBytes, signal }) => {
			const url = URL.createObjectURL(nativeFileOf(file));
			const video = document.createElement('video');
			video.muted = true;
			video.preload = 'auto';
			try {
				await step(video, 'loadeddata', signal, () => (video.src = url));
				if (video.videoWidth === 0) throw unsupported('the file has no pictures');
				const pictures: { atMs: number; image: Uint8Array<ArrayBuffer> }[] = [];
				for (const wantedMs of atMs) {
					const seconds = Math.min(wantedMs / 1000, video.duration);
					await step(video, 'seeked', signal, () => (video.currentTime = seconds));
					const image = await encodePoster({
						draw: (context, width, height) => context.drawImage(video, 0, 0, width, height),
						widthPx: video.videoWidth,
						heightPx: video.videoHeight,
						maxWidthPx,
						maxBytes,
					});
					pictures.push({ atMs: Math.round(seconds * 1000), image });
				}
				return pictures;
			} finally {
				video.removeAttribute('src');
				video.load();
				URL.revokeObjectURL(url);
			}
		},
	};
}

/** Does something to the player and waits for the event that says it is done. */
async function step(
	video: HTMLVideoElement,
	doneEvent: 'loadeddata' | 'seeked',
	signal: AbortSignal,
	start: () => void,
): Promise<void> {
	signal.throwIfAborted();
	const settled = new AbortController();
	const options = { signal: settled.signal };
	let timer: ReturnType<typeof setTimeout> | undefined;
	try {
		await new Promise<void>((resolve, reject) => {
			video.addEventListener(doneEvent, () => resolve(), options);
			video.addEventListener('error', () => reject(errorOf(video)), options);
			signal.addEventListener('abort', () => reject(signal.reason as Error), options);
			timer = setTimeout(() => reject(unsupported('the player did not answer')), stepTimeoutMs);
			start();
		});
	} finally {
		clearTimeout(timer);
		settled.abort();
	}
}

/** A player tells a file it cannot read from one it cannot play. */
function errorOf(video: HTMLVideoElement): GiggityflixError {
	return video.error?.code === MediaError.MEDIA_ERR_NETWORK
		? new GiggityflixError('corrupt', 'the file could not be read to its end')
		: unsupported('the player cannot play the file');
}

function unsupported(message: string): GiggityflixError {
	return new GiggityflixError('unsupported', message);
}
