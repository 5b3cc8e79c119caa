// What an owner says of a file and what a viewer makes of it. The other side is not trusted: texts are cut
// to length and stripped of control characters, types that are none become empty, numbers must be sizes.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import { FileOpenedSchema, type FileOpened } from '../../proto/gen/giggityflix/v1/transfer_pb.js';
import { maxInfoDictionaryBytes } from '../../proto/limits.ts';
import type { ByteSourceFacts } from './byte-source.ts';
import { toSafeNumber } from './frames.ts';
import type { OfferedFile } from './transfers.ts';

const maxSideCars = 64;
const maxFileNameLength = 255;
const mimeTypeForm = /^[a-z0-9][a-z0-9.+-]{0,63}\/[a-z0-9][a-z0-9.+-]{0,63}$/i;
// Unicode's "other": controls, formats such as right-to-left overrides, surrogates, unassigned.
const unprintable = /\p{C}/gu;

export function describeOpenedFile(
	requestId: number,
	file: OfferedFile,
	canDeflate: boolean,
): FileOpened {
	return create(FileOpenedSchema, {
		requestId,
		sizeBytes: BigInt(file.film.sizeBytes),
		modifiedAtMs: BigInt(wholeMs(file.film.modifiedAtMs)),
		mimeType: file.mimeType,
		fileName: file.fileName,
		sideCars: file.sideCars.slice(0, maxSideCars).map((sideCar, position) => ({
			index: position + 1,
			fileName: sideCar.fileName,
			sizeBytes: BigInt(sideCar.sizeBytes),
			language: sideCar.language,
		})),
		infoDictionaryBytes: file.infoDictionary?.sizeBytes ?? 0,
		canDeflate,
	});
}

/** File systems keep fractions of a millisecond; a version is named by whole ones. */
export function wholeMs(modifiedAtMs: number): number {
	return Math.floor(modifiedAtMs);
}

/** Throws `invalid-argument` when the description makes no sense. */
export function readOpenedFile(opened: FileOpened): ByteSourceFacts {
	if (opened.sideCars.length > maxSideCars) {
		throw new GiggityflixError('invalid-argument', 'a file has too many side-cars');
	}
	const { infoDictionaryBytes } = opened;
	const isHashed = infoDictionaryBytes > 0 && infoDictionaryBytes <= maxInfoDictionaryBytes;
	return {
		...(isHashed && { infoDictionaryBytes }),
		sizeBytes: toSafeNumber(opened.sizeBytes),
		modifiedAtMs: toSafeNumber(opened.modifiedAtMs),
		mimeType: mimeTypeForm.test(opened.mimeType) ? opened.mimeType : '',
		fileName: cleanText(opened.fileName),
		sideCars: opened.sideCars.map((sideCar) => ({
			index: sideCar.index,
			fileName: cleanText(sideCar.fileName),
			sizeBytes: toSafeNumber(sideCar.sizeBytes),
			language: cleanText(sideCar.language),
		})),
	};
}

function cleanText(text: string): string {
	return text.replace(unprintable, '').slice(0, maxFileNameLength);
}
