// A file of a torrent, or all of it, as something that can be read: where it begins, and what is said of it before the
// first byte. Pure.
import { GiggityflixError } from '../../proto/errors.ts';
import { mimeTypeOf } from '../library/mime-type.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import { fileNameOf } from '../torrent/plain-name.ts';
import type { ByteSourceFacts } from '../transfer/byte-source.ts';

export interface TorrentPart {
	/** In the torrent. */
	readonly offsetBytes: number;
	readonly facts: ByteSourceFacts;
}

/** Throws `not-found` when there is no such file. */
export function torrentPart(torrent: Torrent, fileIndex: number | 'all'): TorrentPart {
	const file = fileIndex === 'all' ? { ...torrent, offsetBytes: 0 } : torrent.files[fileIndex];
	if (!file) throw new GiggityflixError('not-found', 'no such file in the torrent');
	const { name, sizeBytes, offsetBytes } = file;
	return {
		offsetBytes,
		facts: {
			...{ sizeBytes, modifiedAtMs: 0, sideCars: [] },
			mimeType: mimeTypeOf(name),
			fileName: fileNameOf(name),
		},
	};
}
