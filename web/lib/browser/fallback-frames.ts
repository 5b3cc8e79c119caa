// Tries frame grabbers one after the other, as fallback-probe.ts does probes. Knows no grabber.
import type { FrameGrabber } from '../../../peer/ports.ts';
import { firstSupported } from './first-supported.ts';

/** `grabbers` from the cheapest to the dearest. */
export function fallbackFrames(grabbers: readonly FrameGrabber[]): FrameGrabber {
	return {
		grab: (file, path, options) =>
			firstSupported(grabbers, (grabber) => grabber.grab(file, path, options)),
	};
}
