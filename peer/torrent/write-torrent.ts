// Writes the .torrent of an info dictionary, as any BitTorrent program opens it (BEP 3, and BEP 12 for its trackers).
// The dictionary goes in as it is, so the file is of the same torrent as the magnet.
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export interface TorrentFileContent {
	readonly infoDictionary: Uint8Array;
	/** Asked in this order; at least one. */
	readonly trackers: readonly string[];
}

export function writeTorrent({
	infoDictionary,
	trackers,
}: TorrentFileContent): Uint8Array<ArrayBuffer> {
	const [first = ''] = trackers;
	const tiers = trackers.map((url) => `l${text(url)}e`).join('');
	return concatBytes(
		utf8ToBytes(
			`d${text('announce')}${text(first)}${text('announce-list')}l${tiers}e${text('info')}`,
		),
		infoDictionary,
		utf8ToBytes('e'),
	);
}

function text(value: string): string {
	return `${String(utf8ToBytes(value).length)}:${value}`;
}
