// Files of a torrent on their way to the disk: straight into a file the person chose, at the disk's pace, or
// handed to the browser's own downloads. Knows nothing of where the bytes come from.
import { SvelteMap } from 'svelte/reactivity';
import type { ByteSource } from '../../../peer/transfer/byte-source.ts';
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import type { StreamUrls } from './watch-state.svelte.ts';

/** A file the person chooses, where the browser has a picker for that. */
export interface SaveTarget {
	readonly canChoose: boolean;
	choose(suggestedName: string): Promise<WritableStream<Uint8Array<ArrayBuffer>> | undefined>;
}

export type SaveStage =
	| { readonly kind: 'saving'; readonly savedBytes: number; readonly sizeBytes: number }
	/** The browser shows how it goes on. */
	| { readonly kind: 'handed-over' }
	| { readonly kind: 'saved' }
	| { readonly kind: 'failed'; readonly reason: ErrorCode };

export interface FileSavesOptions {
	readonly streams: StreamUrls;
	readonly saver: SaveTarget;
	readonly now: () => number;
}

/** Progress is shown once a second, never faster. */
const quietMs = 1000;

export class FileSaves {
	readonly #stages = new SvelteMap<number, SaveStage>();
	readonly #running = new SvelteMap<number, AbortController>();
	/** Addresses the browser may still be downloading from. */
	#handedOver: readonly string[] = [];
	readonly #options: FileSavesOptions;

	constructor(options: FileSavesOptions) {
		this.#options = options;
	}

	/** By the file's index. */
	get stages(): ReadonlyMap<number, SaveStage> {
		return this.#stages;
	}

	/** Ends when the file is on the disk, or will not be. Call it from a click. */
	async save(fileIndex: number, source: ByteSource): Promise<void> {
		if (this.#running.has(fileIndex)) return;
		const run = new AbortController();
		this.#running.set(fileIndex, run);
		try {
			await (this.#options.saver.canChoose
				? this.#write(fileIndex, source, run.signal)
				: this.#handOver(fileIndex, source, run.signal));
		} catch (caught) {
			if (run.signal.aborted) this.#stages.delete(fileIndex);
			else
				this.#stages.set(fileIndex, { kind: 'failed', reason: GiggityflixError.from(caught).code });
		} finally {
			this.#running.delete(fileIndex);
		}
	}

	cancel(fileIndex: number): void {
		this.#running.get(fileIndex)?.abort(new GiggityflixError('cancelled', 'not wanted any more'));
	}

	/** Also takes back what was handed over. */
	cancelAll(): void {
		for (const fileIndex of this.#running.keys()) this.cancel(fileIndex);
		for (const url of this.#handedOver) this.#options.streams.release(url);
		this.#handedOver = [];
		this.#stages.clear();
	}

	async #write(fileIndex: number, source: ByteSource, signal: AbortSignal): Promise<void> {
		const { sizeBytes, fileName } = await source.open(signal);
		const file = await this.#options.saver.choose(fileName);
		if (!file) return;
		const writer = file.getWriter();
		try {
			let savedBytes = 0;
			let shownAtMs = -Infinity;
			for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, signal)) {
				const now = this.#options.now();
				if (now - shownAtMs >= quietMs) {
					this.#stages.set(fileIndex, { kind: 'saving', savedBytes, sizeBytes });
					shownAtMs = now;
				}
				// Waits for the disk; nothing more is read, and so nothing fetched, before that.
				await writer.write(chunk);
				savedBytes += chunk.length;
			}
			await writer.close();
			this.#stages.set(fileIndex, { kind: 'saved' });
		} catch (caught) {
			// What was there before stays; that the writer has failed already is known.
			await writer.abort().catch(() => undefined);
			throw caught;
		}
	}

	async #handOver(fileIndex: number, source: ByteSource, signal: AbortSignal): Promise<void> {
		const { fileName } = await source.open(signal);
		const url = await this.#options.streams.urlFor(source, fileName);
		this.#handedOver = [...this.#handedOver, url];
		this.#options.streams.save(url);
		this.#stages.set(fileIndex, { kind: 'handed-over' });
	}
}
