// Stream URLs as the page uses them: they work once the service worker answers for this page, so asking for
// one waits for that. Joins the registration and the bridge, and knows the inside of neither.
import type { ByteSource } from '../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { saveThroughFrame } from './save-through-frame.ts';
import type { AppServiceWorker } from './service-worker-registration.ts';
import type { StreamBridge } from './stream-bridge.ts';

export interface AppStreams {
	/**
	 * A URL for `<video>` and downloads, as `StreamBridge.urlFor`. Throws `unsupported` where the browser has no service
	 * workers. Release it after use.
	 */
	urlFor(source: ByteSource, name: string): Promise<string>;
	/** Saves the whole source behind a URL as a file, under the owner's name of it. */
	save(url: string): void;
	/** Forgets the source of a URL; the source itself stays open. */
	release(url: string): void;
}

/** `bridge` is `undefined` where there are no service workers. */
export function createAppStreams(
	serviceWorker: AppServiceWorker,
	bridge: StreamBridge | undefined,
): AppStreams {
	return {
		urlFor: async (source, name) => {
			await serviceWorker.controlled();
			if (bridge === undefined) throw new GiggityflixError('unsupported', 'no service workers');
			return bridge.urlFor(source, name);
		},
		save: (url) => saveThroughFrame(`${url}?download`),
		release: (url) => bridge?.release(url),
	};
}
