// Files in memory that a test peer offers, and that tests can change, forbid or slow down.
import { createHash } from 'node:crypto';
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import type { CatalogId } from '../../../proto/ids.ts';
import type { OpenFile } from '../../../peer/ports.ts';
import type { OfferedFiles } from '../../../peer/transfer/transfers.ts';
import { pieceHashesOf } from '../torrent-bytes.ts';

export interface MemoryFile {
	bytes: Uint8Array;
	modifiedAtMs: number;
	/** Set: opening fails. */
	openError: ErrorCode | undefined;
	/** Set: reading fails. */
	readError: ErrorCode | undefined;
	/** Every read so far. */
	readonly reads: { offsetBytes: number; lengthBytes: number }[];
	/** Awaited by every read. */
	gate: Promise<void>;
}

export const filmId = 'aaaaaaaaaaaaaaaaaaaaaaaaaa' as CatalogId;

/** The same bytes for the same size and seed, with no period. */
export function testBytes(sizeBytes: number, seed = 'film'): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(sizeBytes);
	const block = createHash('sha512').update(seed).digest();
	for (let index = 0; index < sizeBytes; index++) {
		bytes[index] = (block[index % 64] ?? 0) + (index >> 6) + (index >> 14);
	}
	return bytes;
}

export function createMemoryFile(bytes: Uint8Array): MemoryFile {
	return {
		bytes,
		modifiedAtMs: 1_700_000_000_000,
		openError: undefined,
		readError: undefined,
		reads: [],
		gate: Promise.resolve(),
	};
}

export function openMemoryFile(file: MemoryFile): OpenFile {
	if (file.openError !== undefined) throw new GiggityflixError(file.openError, 'by the test');
	return {
		sizeBytes: file.bytes.length,
		modifiedAtMs: file.modifiedAtMs,
		mimeType: 'video/mp4',
		async read(offsetBytes, lengthBytes) {
			file.reads.push({ offsetBytes, lengthBytes });
			await file.gate;
			if (file.readError !== undefined) throw new GiggityflixError(file.readError, 'by the test');
			return new Uint8Array(file.bytes.slice(offsetBytes, offsetBytes + lengthBytes));
		},
	};
}

/** Offers one film with one side-car. */
export function offerMemoryFile(
	file: MemoryFile,
	sideCar = createMemoryFile(testBytes(100)),
	infoDictionary?: Uint8Array<ArrayBuffer>,
): OfferedFiles {
	return {
		async open(catalogId) {
			if (catalogId !== filmId) throw new GiggityflixError('not-found', 'never shared');
			const fileName = 'film.en.srt';
			return {
				film: openMemoryFile(file),
				fileName: 'film.mp4',
				mimeType: 'video/mp4',
				sideCars: [
					{
						...{ fileName, language: 'en', sizeBytes: 100 },
						open: async () => openMemoryFile(sideCar),
					},
				],
				...(infoDictionary && {
					infoDictionary: {
						sizeBytes: infoDictionary.length,
						load: async () => infoDictionary.slice(),
					},
				}),
			};
		},
	};
}

/** What hashing makes of bytes. */
export function piecesOf(bytes: Uint8Array, pieceLengthBytes = 256 * 1024) {
	const pieces = new Uint8Array(pieceHashesOf(bytes, pieceLengthBytes));
	return { sizeBytes: bytes.length, pieceLengthBytes, pieces };
}
