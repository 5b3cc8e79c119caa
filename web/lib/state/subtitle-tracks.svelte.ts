// The subtitles of the film being watched: those beside it and those added by hand, as WebVTT behind object
// URLs. Lets go of them when the film is left.
import { SvelteSet } from 'svelte/reactivity';
import type { SideCarFacts } from '../../../peer/transfer/byte-source.ts';
import type { ObjectUrls } from './local-posters.ts';
import {
	isSubtitleName,
	languageOfFileName,
	maxSubtitleBytes,
	subtitleLabel,
	subtitlesToVtt,
} from './subtitles.ts';

export interface SubtitleTrack {
	readonly label: string;
	/** BCP 47; empty when unknown. */
	readonly language: string;
	readonly url: string;
}

/** A file a person has chosen; the browser's `File` is one. */
export type ChosenFile = Pick<File, 'name' | 'size' | 'arrayBuffer'>;

export class SubtitleTracks {
	#list = $state.raw<readonly SubtitleTrack[]>([]);
	#isClosed = false;
	readonly #taken = new SvelteSet<string>();
	readonly #urls: ObjectUrls;

	constructor(urls: ObjectUrls = URL) {
		this.#urls = urls;
	}

	get list(): readonly SubtitleTrack[] {
		return this.#list;
	}

	/** Reads the files beside the film, one after another; those that are no subtitles are left out. */
	async takeSideCars(
		sideCars: readonly SideCarFacts[],
		read: (index: number, sizeBytes: number) => Promise<Uint8Array | undefined>,
	): Promise<void> {
		for (const { fileName, sizeBytes, language, index } of sideCars) {
			if (this.#taken.has(fileName) || !isSubtitleName(fileName)) continue;
			if (sizeBytes > maxSubtitleBytes) continue;
			this.#taken.add(fileName);
			const bytes = await read(index, sizeBytes);
			if (bytes) this.#add(fileName, language, bytes);
			else this.#taken.delete(fileName);
		}
	}

	/** False when the file holds no subtitles. */
	async takeFile(file: ChosenFile): Promise<boolean> {
		if (!isSubtitleName(file.name) || file.size > maxSubtitleBytes) return false;
		return this.#add(file.name, '', new Uint8Array(await file.arrayBuffer()));
	}

	close(): void {
		this.#isClosed = true;
		for (const { url } of this.#list) this.#urls.revokeObjectURL(url);
		this.#list = [];
	}

	#add(fileName: string, knownLanguage: string, bytes: Uint8Array): boolean {
		const vtt = subtitlesToVtt(bytes);
		if (vtt === undefined) return false;
		if (this.#isClosed) return true;
		const language = knownLanguage === '' ? languageOfFileName(fileName) : knownLanguage;
		const url = this.#urls.createObjectURL(new Blob([vtt], { type: 'text/vtt' }));
		this.#list = [...this.#list, { label: subtitleLabel(language, fileName), language, url }];
		return true;
	}
}
