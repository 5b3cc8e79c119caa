// Files of a torrent as rows, and which files on this device are torrents. Names come from strangers and stay text.
import { mimeTypeOf } from '../../../peer/library/mime-type.ts';
import type { Save } from '../../../peer/saves/saves.ts';
import { isInOwnNetwork } from '../../../peer/swarm/http-seeds.ts';
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

/** "tracker.example", for a list of who is asked. */
export function hostOfTracker(url: string): string {
	return URL.canParse(url) ? new URL(url).host : url;
}

/** "films.example", each once; one close by is named as such, for a stranger chose it. */
export function hostsOfHttpSeeds(urls: readonly string[]): readonly string[] {
	const hosts = urls.map((url) => {
		const { host } = new URL(url);
		return isInOwnNetwork(url) ? `${host}, in your own network` : host;
	});
	return [...new Set(hosts)];
}
