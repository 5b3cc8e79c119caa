// A film whose owner cannot be reached: what it is comes from an earlier visit, or from whoever is in its swarm. Rule:
// only what has the pieces id of the catalog counts, so whoever sends it need not be believed.
import { mimeTypeOf } from '../library/mime-type.ts';
import { fileNameOf } from '../torrent/plain-name.ts';
import type { ByteSourceFacts } from './byte-source.ts';
import { enterSwarm, leaveSwarm } from './enter-swarm.ts';
import { readFilmPieces, type FilmPieces } from './film-pieces.ts';
import type { Shared } from './shared-state.ts';

/** What a film is, as somebody has said who is no owner asked directly. */
export interface Description {
	readonly pieces: FilmPieces;
	readonly facts: ByteSourceFacts;
	readonly infoDictionary: Uint8Array<ArrayBuffer>;
}

/**
 * Tells `onDescribed` of everybody's description until one has made the film known. Throws `corrupt` when the torrent is
 * not of the film in the catalog, and what `Swarm.torrent` rejects with.
 */
export async function describeWithoutOwner(
	shared: Shared,
	piecesId: string,
	onDescribed: (description: Description) => Promise<void>,
): Promise<void> {
	const kept = await shared.options.shelves?.find({ piecesId });
	if (kept && !isKnown(shared)) {
		const { fileName, modifiedAtMs } = kept.film;
		await onDescribed(read(kept.infoDictionary, piecesId, kept.film, fileName, modifiedAtMs));
	}
	if (isKnown(shared) || shared.lifetime.signal.aborted) return;
	enterSwarm(shared);
	const torrent = await shared.filmSwarm?.torrent;
	if (!torrent || isKnown(shared)) return;
	try {
		await onDescribed(read(torrent.info, piecesId, torrent, fileNameOf(torrent.name), 0));
	} catch (caught) {
		leaveSwarm(shared);
		throw caught;
	}
}

/** May have become so while something was waited for. */
const isKnown = (shared: Shared): boolean => shared.verified !== undefined;

function read(
	infoDictionary: Uint8Array<ArrayBuffer>,
	piecesId: string,
	{ sizeBytes }: { readonly sizeBytes: number },
	fileName: string,
	modifiedAtMs: number,
): Description {
	return {
		infoDictionary,
		pieces: readFilmPieces(infoDictionary, { sizeBytes, piecesId }),
		facts: {
			...{ sizeBytes, modifiedAtMs, fileName, mimeType: mimeTypeOf(fileName), sideCars: [] },
			infoDictionaryBytes: infoDictionary.length,
		},
	};
}
