// Files of a torrent as rows, and which files on this device are torrents. Names come from strangers and stay text.
import { mimeTypeOf } from '../../../peer/library/mime-type.ts';
import type { Save } from '../../../peer/saves/saves.ts';
import type { TorrentFile } from '../../../peer/torrent/parse-torrent.ts';
import type { TorrentFileView } from '../view-models.ts';
import { formatBytes } from './format.ts';
import { viewOfSave } from './save-view.ts';

export function torrentFileView(
	file: TorrentFile,
	index: number,
	playingIndex: number | undefined,
	save: Save | undefined,
): TorrentFileView {
	const { name, folder, sizeBytes } = file;
	return {
		...{ index, folder },
		name: name === '' ? 'A file without a name' : name,
		size: formatBytes(sizeBytes),
		canPlay: mimeTypeOf(name).startsWith('video/'),
		isPlaying: index === playingIndex,
		...(save && { save: viewOfSave(save) }),
	};
}

/** By its name: nobody gives .torrent files a type. */
export function isTorrentFile({ name }: { readonly name: string }): boolean {
	return /\.torrent$/i.test(name);
}
