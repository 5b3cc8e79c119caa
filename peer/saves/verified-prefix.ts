// How much of a file that was saved in part can be gone on from. Rule: whole pieces vouch for themselves; what no
// piece vouches for is fetched once more and has to be the same. Anything that differs is cut off with all behind it.
import type { ByteSource } from '../transfer/byte-source.ts';
import type { PartPieces } from './part-pieces.ts';
import type { PartFile } from './save-ports.ts';

export interface PrefixQuestion {
	readonly part: Pick<PartFile, 'sizeBytes' | 'read'>;
	/** Of the whole file. */
	readonly sizeBytes: number;
	/** `undefined` when there are none. */
	readonly pieces: PartPieces | undefined;
	readonly source: Pick<ByteSource, 'read'>;
	readonly signal: AbortSignal;
	readonly onChecked: (checkedBytes: number) => void;
}

/** Enough to tell two films apart, and less than a moment of any line. */
const overlapBytes = 256 * 1024;

/** Bytes from the beginning that are the file's own. */
export async function verifiedPrefix(question: PrefixQuestion): Promise<number> {
	const { part, sizeBytes, pieces } = question;
	const partBytes = await part.sizeBytes();
	const haveBytes = Math.min(partBytes, sizeBytes);
	if (haveBytes === 0) return 0;
	if (pieces) return piecePrefix(question, pieces, haveBytes);
	// Longer than the whole: it is something else.
	if (partBytes > sizeBytes) return 0;
	const overlap = Math.min(overlapBytes, haveBytes);
	return (await isSame(question, haveBytes - overlap, overlap)) ? haveBytes : 0;
}

async function piecePrefix(
	question: PrefixQuestion,
	{ pieceBytes, offsetBytes, totalBytes, matches }: PartPieces,
	haveBytes: number,
): Promise<number> {
	const { part, signal, onChecked } = question;
	let index = Math.ceil(offsetBytes / pieceBytes);
	// The end of a piece that begins in the file before.
	let at = index * pieceBytes - offsetBytes;
	if (at > haveBytes || (at > 0 && !(await isSame(question, 0, at)))) return 0;
	for (;;) {
		signal.throwIfAborted();
		const lengthBytes = Math.min(pieceBytes, totalBytes - index * pieceBytes);
		if (lengthBytes <= 0 || at + lengthBytes > haveBytes) return at;
		if (!(await matches(index, await part.read(at, lengthBytes)))) return at;
		at += lengthBytes;
		index += 1;
		onChecked(at);
	}
}

async function isSame(
	{ part, source, signal }: PrefixQuestion,
	offsetBytes: number,
	lengthBytes: number,
): Promise<boolean> {
	const mine = await part.read(offsetBytes, lengthBytes);
	let at = 0;
	for await (const chunk of source.read({ offsetBytes, lengthBytes }, signal)) {
		for (const byte of chunk) if (byte !== mine[at++]) return false;
	}
	return at === lengthBytes;
}
