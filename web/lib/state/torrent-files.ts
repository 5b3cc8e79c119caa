// Files of a torrent as rows, and which files on this device are torrents. Names come from strangers and stay text.
import { mimeTypeOf } from '../../../peer/library/mime-type.ts';
import type { TorrentFile } from '../../../peer/torrent/parse-torrent.ts';
import type { TorrentFileView } from '../view-models.ts';
import type { SaveStage } from './file-saves.svelte.ts';
import { formatBytes } from './format.ts';
import { saveWords } from './magnet-words.ts';

export function torrentFileView(
	file: TorrentFile,
	index: number,
	playingIndex: number | undefined,
	save: SaveStage | undefined,
): TorrentFileView {
	const { name, folder, sizeBytes } = file;
	return {
		...{ index, folder },
		name: name === '' ? 'A file without a name' : name,
		size: formatBytes(sizeBytes),
		canPlay: mimeTypeOf(name).startsWith('video/'),
		isPlaying: index === playingIndex,
		saving: saveWords(save),
		...(save?.kind === 'saving' && { progress: { done: save.savedBytes, total: save.sizeBytes } }),
	};
}

/** By its name: nobody gives .torrent files a type. */
export function isTorrentFile({ name }: { readonly name: string }): boolean {
	return /\.torrent$/i.test(name);
}

/** "tracker.example", for a list of who is asked. */
export function hostOfTracker(url: string): string {
	return URL.canParse(url) ? new URL(url).host : url;
}
