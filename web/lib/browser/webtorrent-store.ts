// The chunk store webtorrent writes verified pieces to and serves peers from: our bounded cache, in the shape it
// expects. A piece that has been forgotten is not found, and webtorrent has been told before.
import type { ChunkStore } from 'webtorrent/dist/webtorrent.min.js';
import type { PieceCache } from '../../../peer/swarm/piece-cache.ts';

/** A class, because webtorrent makes the store itself once it knows the length of a piece. */
export function pieceStore(
	pieces: Pick<PieceCache, 'get' | 'put'>,
): new (chunkLength: number) => ChunkStore {
	return class implements ChunkStore {
		readonly chunkLength: number;

		constructor(chunkLength: number) {
			this.chunkLength = chunkLength;
		}

		put: ChunkStore['put'] = (index, bytes, done) => {
			pieces.put(index, bytes);
			done(null);
		};

		get: ChunkStore['get'] = (index, range, done) => {
			if (typeof range === 'function') {
				this.get(index, null, range);
				return;
			}
			const bytes = pieces.get(index);
			if (bytes === undefined) {
				done?.(new Error('not in memory'));
				return;
			}
			const { offset = 0, length = bytes.length - offset } = range ?? {};
			done?.(null, bytes.slice(offset, offset + length));
		};

		close: ChunkStore['close'] = (done) => done(null);
		destroy: ChunkStore['destroy'] = (done) => done(null);
	};
}
