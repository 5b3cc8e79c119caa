// Where the hashes of a film's pieces come from: an earlier visit, or an owner. Checks nothing but that the film is
// the one of then; film-pieces.ts does.
import type { ByteSourceFacts } from '../byte-source.ts';
import type { Member, Shared } from './shared-state.ts';

/** The hashes of an earlier visit, if the film is what it was then. */
export async function findKept(shared: Shared, { sizeBytes, modifiedAtMs }: ByteSourceFacts) {
	const { shelves, target } = shared.options;
	const { piecesId, believed } = shared;
	const wanted = believed || !piecesId ? { catalogId: target.catalogId } : { piecesId };
	const kept = await shelves?.find(wanted);
	if (kept?.film.sizeBytes !== sizeBytes) return undefined;
	const isSameVersion = !believed || kept.film.modifiedAtMs === modifiedAtMs;
	return isSameVersion ? kept.infoDictionary : undefined;
}

/** From an owner. Throws what the read throws. */
export async function readInfoDictionary(
	{ remote }: Member,
	lengthBytes: number,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
	const infoDictionary = new Uint8Array(lengthBytes);
	let filledBytes = 0;
	const range = { offsetBytes: 0, lengthBytes, sideCar: 'info-dictionary' } as const;
	for await (const chunk of remote.read(range, signal)) {
		infoDictionary.set(chunk, filledBytes);
		filledBytes += chunk.length;
	}
	return infoDictionary;
}
