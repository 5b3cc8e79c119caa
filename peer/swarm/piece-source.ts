// One file of a torrent as a byte source: reads piece by piece and wants only a little ahead of its reader, so a
// slow disk or a paused player stops the download. Knows nothing of who sends the pieces.
import type { ByteRange, ByteSource } from '../transfer/byte-source.ts';
import { createPartSource, type PartSourceOptions } from './part-source.ts';
import type { PieceCache } from './piece-cache.ts';
import type { SwarmContent } from './swarm.ts';

/** Ahead of a reader: less starves a fast line between two pieces, more is thrown away by a seek. */
const aheadBytes = 8 * 1024 * 1024;
const chunkBytes = 256 * 1024;

export interface PieceSourceOptions extends Omit<PartSourceOptions, 'read'> {
	/** Where the file begins in the torrent. */
	readonly offsetBytes: number;
	readonly pieceBytes: number;
	readonly pieces: Pick<PieceCache, 'get' | 'want' | 'onArrival'>;
	/** What need not be fetched. */
	readonly content?: Pick<SwarmContent, 'has' | 'isComplete' | 'read'>;
}

export function createPieceSource(options: PieceSourceOptions): ByteSource {
	return createPartSource({
		...options,
		read: (range, signal) => readPieces(options, range, signal),
	});
}

async function* readPieces(
	{ offsetBytes, pieceBytes, pieces, content }: PieceSourceOptions,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const start = offsetBytes + range.offsetBytes;
	const end = start + range.lengthBytes;
	const lastIndex = Math.ceil(end / pieceBytes) - 1;
	const ahead = Math.max(1, Math.ceil(aheadBytes / pieceBytes) - 1);
	let release = (): void => undefined;
	try {
		for (let at = start; at < end;) {
			const index = Math.floor(at / pieceBytes);
			const releaseLast = release;
			release = pieces.want({ from: index, to: Math.min(lastIndex, index + ahead) });
			releaseLast();
			if (content?.isComplete || content?.has(index)) {
				const next = Math.min(end, (index + 1) * pieceBytes);
				yield await content.read(index, at - index * pieceBytes, next - at);
				at = next;
				continue;
			}
			const piece = await arrival(pieces, index, signal);
			const pieceEnd = Math.min(end, index * pieceBytes + piece.length);
			while (at < pieceEnd) {
				signal.throwIfAborted();
				const next = Math.min(pieceEnd, at + chunkBytes);
				// A copy: whoever reads may hand it to another thread.
				yield Uint8Array.from(piece.subarray(at - index * pieceBytes, next - index * pieceBytes));
				at = next;
			}
		}
	} finally {
		release();
	}
}

async function arrival(
	pieces: PieceSourceOptions['pieces'],
	wanted: number,
	signal: AbortSignal,
): Promise<Uint8Array> {
	signal.throwIfAborted();
	const stopListening = new AbortController();
	try {
		return await new Promise((resolve, reject) => {
			const look = () => {
				const piece = pieces.get(wanted);
				if (piece !== undefined) resolve(piece);
				return piece;
			};
			if (look() !== undefined) return;
			const stop = pieces.onArrival((index) => {
				if (index === wanted) look();
			});
			stopListening.signal.addEventListener('abort', stop);
			signal.addEventListener('abort', () => reject(signal.reason as Error), {
				signal: stopListening.signal,
			});
		});
	} finally {
		stopListening.abort();
	}
}
