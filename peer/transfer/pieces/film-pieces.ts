// The hashes a film's pieces are checked by, read from the info dictionary an owner sent, or those of any torrent. Rule:
// what a stranger sent counts only when its name is the one expected, and is read within limits. Knows nothing of sources.
import { GiggityflixError } from '../../../proto/errors.ts';
import { maxInfoDictionaryBytes } from '../../../proto/limits.ts';
import { piecesIdOf } from '../../hashing/info-dictionary.ts';
import { isDictionary, readBencode } from '../../torrent/bencode.ts';
import { torrentLimits } from '../../torrent/torrent-limits.ts';
import {
	isPieceLength,
	pieceCountOf,
	pieceHashBytesOf,
	sha1Bytes,
} from '../../torrent/torrent-pieces.ts';

/** What can be fetched and checked piece by piece. */
export interface Pieces {
	readonly sizeBytes: number;
	/** Of all pieces but the last. */
	readonly pieceBytes: number;
	readonly count: number;
	/** SHA-1 of each, one after another. */
	readonly pieceHashes: Uint8Array;
	/** Bytes of one piece. */
	lengthOf(index: number): number;
	/** Whether these are the bytes of a piece, by SHA-1. */
	matches(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

export interface FilmPieces extends Pieces {
	/** As in the catalog: names these pieces, whatever the film is called. */
	readonly piecesId: string;
}

/**
 * Throws `corrupt` when it is not the info dictionary of a film of this size, or its pieces are not those of
 * `piecesId`. Without one they are believed: whoever sent them is trusted with the film itself.
 */
export function readFilmPieces(
	infoDictionary: Uint8Array,
	expected: { readonly sizeBytes: number; readonly piecesId: string | undefined },
): FilmPieces {
	const { pieceBytes, hashes } = readHashes(infoDictionary, expected.sizeBytes);
	const { sizeBytes } = expected;
	const piecesId = piecesIdOf({ sizeBytes, pieceLengthBytes: pieceBytes, pieces: hashes });
	if (expected.piecesId !== undefined && piecesId !== expected.piecesId) {
		throw corrupt('the pieces of another film');
	}
	return { ...piecesOf({ sizeBytes, pieceBytes, pieceHashes: hashes }), piecesId };
}

/** Those of a torrent, as they are written there. */
export function piecesOf({
	sizeBytes,
	pieceBytes,
	pieceHashes,
}: Pick<Pieces, 'sizeBytes' | 'pieceBytes' | 'pieceHashes'>): Pieces {
	const count = pieceCountOf({ pieceHashes });
	return {
		...{ sizeBytes, pieceBytes, count, pieceHashes },
		lengthOf: (index) => Math.min(pieceBytes, sizeBytes - index * pieceBytes),
		async matches(index, bytes) {
			const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
			const start = index * sha1Bytes;
			return index < count && digest.every((byte, at) => byte === pieceHashes[start + at]);
		},
	};
}

function readHashes(infoDictionary: Uint8Array, sizeBytes: number) {
	if (infoDictionary.length > maxInfoDictionaryBytes) throw corrupt('too long');
	const { entries } = readDictionary(infoDictionary);
	const pieceBytes = entries.get('piece length');
	const pieces = entries.get('pieces');
	if (typeof pieceBytes !== 'number' || !isPieceLength(pieceBytes)) throw corrupt('piece length');
	const hashBytes = pieceHashBytesOf(sizeBytes, pieceBytes);
	if (!(pieces instanceof Uint8Array) || pieces.length !== hashBytes) throw corrupt('pieces');
	if (entries.get('length') !== sizeBytes) throw corrupt('length');
	// A copy: what was read from is a view of all that came.
	return { pieceBytes, hashes: pieces.slice() };
}

function readDictionary(infoDictionary: Uint8Array) {
	try {
		const value = readBencode(infoDictionary, torrentLimits);
		if (isDictionary(value)) return value;
	} catch (caught) {
		throw corrupt(GiggityflixError.from(caught).message);
	}
	throw corrupt('not a dictionary');
}

const corrupt = (what: string) =>
	new GiggityflixError('corrupt', `not the pieces of this film: ${what}`);
