// A film whose owner cannot be reached: what it is comes from an earlier visit, or from whoever is in its swarm. Rule:
// only what has the pieces id of the catalog counts, so whoever sends it need not be believed.
import { mimeTypeOf } from '../../library/mime-type.ts';
import { fileNameOf } from '../../torrent/plain-name.ts';
import type { ByteSourceFacts } from '../byte-source.ts';
import { enterSwarm, leaveSwarm } from './enter-swarm.ts';
import { readFilmPieces, type FilmPieces } from '../pieces/film-pieces.ts';
import { isKnown, type Shared } from './shared-state.ts';

/** What a film is, as somebody has said who is no owner asked directly. */
export interface Description {
	readonly pieces: FilmPieces;
	readonly facts: ByteSourceFacts;
	readonly infoDictionary: Uint8Array<ArrayBuffer>;
}

/**
 * Asks what an earlier visit has kept, then the swarm, and hands on what counts. Throws `corrupt` when the torrent is not of
 * the film in the catalog, and what `Swarm.torrent` rejects with.
 */
export async function describeWithoutOwner(
	shared: Shared,
	piecesId: string,
	onDescribed: (description: Description) => Promise<void>,
): Promise<void> {
	const kept = await findKept(shared, piecesId);
	if (kept && !isKnown(shared)) await onDescribed(kept);
	if (isKnown(shared) || shared.lifetime.signal.aborted) return;
	enterSwarm(shared);
	const torrent = await shared.filmSwarm?.torrent;
	if (!torrent || isKnown(shared)) return;
	try {
		const { info, name } = torrent;
		await onDescribed(read(info, { ...torrent, piecesId, fileName: fileNameOf(name) }));
	} catch (caught) {
		leaveSwarm(shared);
		throw caught;
	}
}

async function findKept(shared: Shared, piecesId: string): Promise<Description | undefined> {
	const kept = await shared.options.shelves?.find({ piecesId });
	try {
		return kept && read(kept.infoDictionary, kept.film);
	} catch {
		// A disk has spoiled it; the swarm has another.
		return undefined;
	}
}

/** Throws `corrupt` when it is not the info dictionary of these pieces. */
function read(
	infoDictionary: Uint8Array<ArrayBuffer>,
	film: {
		readonly piecesId: string;
		readonly sizeBytes: number;
		readonly fileName: string;
		/** Nobody in a swarm knows it. */
		readonly modifiedAtMs?: number;
	},
): Description {
	const { sizeBytes, fileName, modifiedAtMs = 0 } = film;
	return {
		infoDictionary,
		pieces: readFilmPieces(infoDictionary, film),
		facts: {
			...{ sizeBytes, modifiedAtMs, fileName, mimeType: mimeTypeOf(fileName), sideCars: [] },
			infoDictionaryBytes: infoDictionary.length,
		},
	};
}
