// A whole file of the library as the content of a swarm: read in slices where it lies, never copied, never written.
// Others ask for 16 KiB at a time, for which a browser's file is slow, so the latest slices stay in memory, few
// enough that a film of any size and any number of members take the same room.
import { GiggityflixError } from '../../proto/errors.ts';
import type { OpenFile } from '../ports.ts';
import { createLatestReads } from './latest-reads.ts';
import type { SwarmContent } from './swarm.ts';

const sliceBytes = 1024 * 1024;
const maxSlices = 16;

/** `file` must be the version whose pieces were hashed; its reads throw `corrupt` as soon as it no longer is. */
export function createFileContent(file: OpenFile, pieceBytes: number): SwarmContent {
	const slice = createLatestReads<Uint8Array>(maxSlices, (index) => {
		const offsetBytes = index * sliceBytes;
		return file.read(offsetBytes, Math.min(sliceBytes, file.sizeBytes - offsetBytes));
	});
	return {
		isComplete: true,
		has: () => true,
		async read(piece, offsetBytes, lengthBytes) {
			const start = piece * pieceBytes + offsetBytes;
			const end = start + lengthBytes;
			if (end > file.sizeBytes) {
				throw new GiggityflixError('invalid-argument', 'the block is beyond the end of the file');
			}
			const block = new Uint8Array(lengthBytes);
			for (let at = start; at < end;) {
				const index = Math.floor(at / sliceBytes);
				const next = Math.min(end, (index + 1) * sliceBytes);
				const bytes = await slice(index);
				block.set(bytes.subarray(at - index * sliceBytes, next - index * sliceBytes), at - start);
				at = next;
			}
			return block;
		},
	};
}
