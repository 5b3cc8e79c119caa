// The chunk store webtorrent reads pieces for other peers from and writes verified ones to: content that is there
// already (a film on the disk, pieces of an earlier visit) and our bounded cache, in the shape it expects. Nothing
// is copied. A piece that has been forgotten is not found, and webtorrent has been told before.
import type { ChunkStore } from './webtorrent.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PieceCache } from '../swarm/piece-cache.ts';
import type { SwarmContent } from '../swarm/swarm.ts';
import type { UploadCap } from '../transfer/serving/upload-cap.ts';

export interface PieceStoreOptions {
	readonly pieces: Pick<PieceCache, 'get' | 'put'>;
	readonly content: SwarmContent | undefined;
	readonly pieceBytes: number;
	readonly sizeBytes: number;
	/** Everything that is read here is sent to somebody. */
	readonly uploadCap: Pick<UploadCap, 'take'>;
	/** The content could not be read, or did not take a piece. */
	readonly onFailure: (piece: number, error: GiggityflixError) => void;
}

export function createPieceStore(options: PieceStoreOptions): ChunkStore {
	const { pieces, content, pieceBytes, sizeBytes } = options;
	const lengthOf = (piece: number) => Math.min(pieceBytes, sizeBytes - piece * pieceBytes);

	function fail(piece: number, caught: unknown): Error {
		const error = GiggityflixError.from(caught);
		options.onFailure(piece, error);
		return error;
	}

	function get(piece: number, range: Range, done: Done): void {
		const { offset = 0, length = lengthOf(piece) - offset } = range ?? {};
		const turn = options.uploadCap.take(length);
		if (turn) void turn.then(() => read({ piece, offset, length }, done));
		else read({ piece, offset, length }, done);
	}

	function read({ piece, offset, length }: Block, done: Done): void {
		const cached = pieces.get(piece);
		if (cached) {
			done(null, cached.slice(offset, offset + length));
		} else if (content && (content.isComplete || content.has(piece))) {
			content.read(piece, offset, length).then(
				(bytes) => done(null, bytes),
				(caught: unknown) => done(fail(piece, caught)),
			);
		} else {
			done(new Error('not in memory'));
		}
	}

	return {
		chunkLength: pieceBytes,
		put(piece, bytes, done) {
			pieces.put(piece, bytes);
			// Nobody waits for the disk: the piece is in memory meanwhile.
			content?.put?.(piece, bytes).catch((caught: unknown) => fail(piece, caught));
			done(null);
		},
		get(piece, range, done) {
			if (typeof range === 'function') get(piece, null, range);
			else if (done) get(piece, range, done);
		},
		close: (done) => done(null),
		destroy: (done) => done(null),
	};
}

interface Block {
	readonly piece: number;
	readonly offset: number;
	readonly length: number;
}

type Range = { offset?: number; length?: number } | null;
type Done = (error: Error | null, bytes?: Uint8Array) => void;
