// What a range request asks for: finds the file, holds the request to it and makes a reader of its bytes. The rule: a
// file is opened anew for every range, since it may have changed, or be shared no longer. Knows no link.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { RangeRequest } from '../../../proto/gen/giggityflix/v1/transfer_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import { maxDeflatedRangeBytes } from '../../../proto/limits.ts';
import type { Compression, OpenFile } from '../../ports.ts';
import { deflateSlices } from './deflated-slices.ts';
import { wholeMs } from '../file-description.ts';
import { maxPayloadBytes, toSafeNumber } from '../frames.ts';
import { createSliceReader, type SliceReader } from './slice-reader.ts';
import type { OfferedFile, OfferedFiles } from '../transfers.ts';

export interface RangeOpener {
	readonly offeredFiles: OfferedFiles;
	/** Absent: nothing is sent deflated. */
	readonly compression?: Compression | undefined;
	/** Asked before each slice of each range. */
	readonly maxSliceBytes: () => number;
}

export interface OpenedRange {
	readonly reader: SliceReader;
	readonly offsetBytes: number;
	/** Of the plain bytes. */
	readonly endBytes: number;
}

/** Throws what opening the file throws, `corrupt` when it has changed and `invalid-argument` when it has no such range. */
export async function openRequestedRange(
	{ offeredFiles, compression, maxSliceBytes }: RangeOpener,
	request: RangeRequest,
): Promise<OpenedRange> {
	const file = await openRequestedFile(offeredFiles, request);
	const offsetBytes = toSafeNumber(request.offsetBytes);
	const lengthBytes = toSafeNumber(request.lengthBytes);
	const endBytes = offsetBytes + lengthBytes;
	if (endBytes > file.sizeBytes) {
		throw new GiggityflixError('invalid-argument', 'the range is beyond the end of the file');
	}
	const unitBytes = maxPayloadBytes;
	const plain = createSliceReader({ file, offsetBytes, lengthBytes, unitBytes, maxSliceBytes });
	if (!request.isDeflated) return { reader: plain, offsetBytes, endBytes };
	if (compression === undefined) {
		throw new GiggityflixError('invalid-argument', 'nothing is sent deflated here');
	}
	if (lengthBytes > maxDeflatedRangeBytes) {
		throw new GiggityflixError('invalid-argument', 'the range is too long to be deflated');
	}
	return { reader: deflateSlices(plain, compression), offsetBytes, endBytes };
}

async function openRequestedFile(files: OfferedFiles, request: RangeRequest): Promise<OpenFile> {
	const offered = await files.open(parseCatalogId(request.catalogId));
	if (wholeMs(offered.film.modifiedAtMs) !== toSafeNumber(request.modifiedAtMs)) {
		throw new GiggityflixError('corrupt', 'the file has changed since it was opened');
	}
	if (request.isInfoDictionary) return openInfoDictionary(offered);
	if (request.sideCar === 0) return offered.film;
	const sideCar = offered.sideCars[request.sideCar - 1];
	if (sideCar === undefined) throw new GiggityflixError('not-found', 'there is no such side-car');
	const file = await sideCar.open();
	if (file.sizeBytes === sideCar.sizeBytes) return file;
	throw new GiggityflixError('corrupt', 'the side-car has changed');
}

async function openInfoDictionary({ infoDictionary, film }: OfferedFile): Promise<OpenFile> {
	if (infoDictionary === undefined) throw new GiggityflixError('not-found', 'it is not hashed yet');
	const bytes = await infoDictionary.load();
	return {
		sizeBytes: bytes.length,
		modifiedAtMs: film.modifiedAtMs,
		mimeType: '',
		read: (offsetBytes, lengthBytes) =>
			Promise.resolve(bytes.slice(offsetBytes, offsetBytes + lengthBytes)),
	};
}
