// The address under which a player loads the film that is watched: one at a time, released with its source. Knows
// nothing of where the bytes come from.
import type { ByteSource } from '../../../peer/transfer/byte-source.ts';
import type { StreamUrls } from './stream-urls.ts';

export class WatchStream {
	#url = $state<string>();
	#isUnsupported = $state(false);
	#source: ByteSource | undefined;
	readonly #streams: StreamUrls;

	constructor(streams: StreamUrls) {
		this.#streams = streams;
	}

	get url(): string | undefined {
		return this.#url;
	}

	/** The browser has no service worker for this page. */
	get isUnsupported(): boolean {
		return this.#isUnsupported;
	}

	/** Close the last one first. */
	async open(source: ByteSource, name: string): Promise<void> {
		this.#source = source;
		try {
			const url = await this.#streams.urlFor(source, name);
			if (this.#source === source) this.#url = url;
			else this.#streams.release(url);
		} catch {
			// It fails for one reason: there is no service worker.
			this.#isUnsupported = true;
		}
	}

	close(): void {
		this.#source = undefined;
		if (this.#url !== undefined) this.#streams.release(this.#url);
		this.#url = undefined;
	}
}
