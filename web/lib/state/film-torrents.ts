// The magnet and the .torrent of a film on this server, for other programs: both name our own announce tracker, on
// which its owners are found, and those the operator has added. Knows no clipboard and no disk.
import type { Peer } from '../../../peer/peer.ts';
import { writeMagnet } from '../../../peer/torrent/magnet.ts';
import { parseInfoHash } from '../../../peer/torrent/info-hash.ts';
import { fileNameOf } from '../../../peer/torrent/plain-name.ts';
import { writeTorrent } from '../../../peer/torrent/write-torrent.ts';
import type { OfferId } from '../../../proto/ids.ts';
import type { TorrentView } from '../view-models.ts';
import type { Toasts } from './toasts.svelte.ts';
import { attemptFailed } from './words.ts';

export interface FilmTorrents {
	/** Copies the magnet and says so. */
	copyMagnet(torrent: TorrentView): Promise<void>;
	/** Saves the .torrent of a film of the library. */
	save(offerId: OfferId, torrent: TorrentView): Promise<void>;
}

export interface FilmTorrentsOptions {
	readonly peer: Pick<Peer, 'infoDictionary'>;
	/** Our own first. */
	readonly trackerUrls: () => readonly string[];
	readonly copy: (magnet: string) => Promise<void>;
	readonly saveFile: (bytes: Uint8Array<ArrayBuffer>, fileName: string, type: string) => void;
	readonly toasts: Pick<Toasts, 'show'>;
}

export function createFilmTorrents(options: FilmTorrentsOptions): FilmTorrents {
	return {
		async copyMagnet({ infoHash, name }) {
			const parsed = parseInfoHash(infoHash);
			if (!parsed) return;
			const trackers = options.trackerUrls();
			await options.copy(writeMagnet({ infoHash: parsed, name, trackers, httpSeeds: [] }));
		},
		async save(offerId, { name }) {
			const infoDictionary = await options.peer.infoDictionary(offerId);
			if (!infoDictionary) {
				options.toasts.show(attemptFailed('save-torrent', 'not-found'));
				return;
			}
			const bytes = writeTorrent({ infoDictionary, trackers: options.trackerUrls() });
			options.saveFile(bytes, `${fileNameOf(name)}.torrent`, 'application/x-bittorrent');
		},
	};
}
