// A probe and frame grabber whose code is fetched when it is first needed. Knows nothing of what is fetched.
import type { FrameGrabber, MediaProbe } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

type Media = MediaProbe & FrameGrabber;

/** `fetchMedia` is a dynamic import; when it fails (offline), the call throws `unavailable` and the next one tries again. */
export function lazyMedia(fetchMedia: () => Promise<Media>): Media {
	let fetching: Promise<Media> | undefined;

	async function media(): Promise<Media> {
		try {
			return await (fetching ??= fetchMedia());
		} catch (caught) {
			fetching = undefined;
			throw new GiggityflixError('unavailable', 'code cannot be fetched', { cause: caught });
		}
	}

	return {
		probe: async (file, path, signal) => (await media()).probe(file, path, signal),
		grab: async (file, path, options) => (await media()).grab(file, path, options),
	};
}
