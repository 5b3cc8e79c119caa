// What turns a byte source into an address a player can load: a port; web/lib/browser has the service worker's.
import type { ByteSource } from '../../../peer/transfer/byte-source.ts';

/** Makes the bytes of a source readable by `<video>`; the service worker stands behind it. */
export interface StreamUrls {
	/** Throws `unsupported` where the browser has no service worker. */
	urlFor(source: ByteSource, name: string): Promise<string>;
	/** Saves the film behind a URL as a file. */
	save(url: string): void;
	release(url: string): void;
}
