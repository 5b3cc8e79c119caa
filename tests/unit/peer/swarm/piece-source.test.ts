import { describe, expect, it } from 'vitest';
import { createPieceCache, type PieceRange } from '../../../../peer/swarm/piece-cache.ts';
import { createPieceSource } from '../../../../peer/swarm/piece-source.ts';
import { allOf } from '../../../support/web/all-of.ts';

const pieceBytes = 1024 * 1024;
const content = Uint8Array.from(
	{ length: 40 * pieceBytes },
	(_, index) => (index * 31 + (index >> 10)) % 251,
);
const never = new AbortController().signal;

/** A swarm that delivers what is fetched, a turn later, and counts. */
function openSwarm(offsetBytes: number, sizeBytes: number) {
	const delivered: number[] = [];
	let wanted: readonly PieceRange[] = [];
	let isDelivering = true;
	const here = new Set<number>();
	const deliver = () => {
		for (const { from, to } of isDelivering ? wanted : []) {
			for (let index = from; index <= to; index += 1) {
				if (here.has(index)) continue;
				here.add(index);
				delivered.push(index);
				pieces.put(index, content.subarray(index * pieceBytes, (index + 1) * pieceBytes));
			}
		}
	};
	const pieces = createPieceCache({
		capacityBytes: 4 * pieceBytes,
		fetch: (ranges) => {
			wanted = ranges;
			setImmediate(deliver);
		},
		forget: (index) => void here.delete(index),
	});
	const swarm = new AbortController();
	const source = createPieceSource({
		facts: {
			sizeBytes,
			modifiedAtMs: 0,
			mimeType: 'video/mp4',
			fileName: 'film.mp4',
			sideCars: [],
		},
		...{ offsetBytes, pieceBytes, pieces },
		swarm: swarm.signal,
	});
	return {
		source,
		swarm,
		delivered,
		wanted: () => wanted,
		heldPieces: () => here.size,
		pause: () => (isDelivering = false),
	};
}

describe('a file of a swarm', () => {
	it('is read in order, from the middle of one piece to the middle of another', async () => {
		const start = 3 * pieceBytes + 77;
		const { source } = openSwarm(start, 5 * pieceBytes);
		const range = { offsetBytes: 1000, lengthBytes: 3 * pieceBytes };
		const chunks = await allOf(source.read(range, never));
		const expected = content.subarray(start + 1000, start + 1000 + 3 * pieceBytes);
		expect(Buffer.concat(chunks).equals(expected)).toBe(true);
		// Each is its reader's own.
		expect(chunks.every((chunk) => chunk.byteLength === chunk.buffer.byteLength)).toBe(true);
	});

	it('is fetched only a little ahead of its reader, and never held', async () => {
		const { source, delivered, heldPieces } = openSwarm(0, content.length);
		let most = 0;
		let readBytes = 0;
		for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: content.length }, never)) {
			readBytes += chunk.length;
			most = Math.max(most, heldPieces());
			expect(Math.max(...delivered) * pieceBytes - readBytes).toBeLessThanOrEqual(8 * pieceBytes);
		}
		expect(readBytes).toBe(content.length);
		expect(most).toBeLessThanOrEqual(13);
	});

	it('does not want anything beyond the range', async () => {
		const { source, delivered } = openSwarm(0, content.length);
		await allOf(source.read({ offsetBytes: pieceBytes, lengthBytes: 2 * pieceBytes }, never));
		expect(delivered).toEqual([1, 2]);
	});

	it('wants nothing any more once its reader has left', async () => {
		const { source, wanted } = openSwarm(0, content.length);
		const reading = source.read({ offsetBytes: 0, lengthBytes: content.length }, never);
		for await (const chunk of reading) {
			if (chunk.length > 0) break;
		}
		expect(wanted()).toEqual([]);
	});

	it('ends when reader, source or swarm end, while it waits for others', async () => {
		for (const end of ['reader', 'source', 'swarm'] as const) {
			const { source, swarm, pause, wanted } = openSwarm(0, content.length);
			pause();
			const reader = new AbortController();
			const reading = allOf(source.read({ offsetBytes: 0, lengthBytes: 10 }, reader.signal));
			await new Promise(setImmediate);
			const reason = new Error('over');
			if (end === 'reader') reader.abort(reason);
			else if (end === 'source') source.close();
			else swarm.abort(reason);
			await expect(reading).rejects.toMatchObject(
				end === 'source' ? { code: 'cancelled' } : { message: 'over' },
			);
			expect(wanted()).toEqual([]);
		}
	});

	it('refuses a range beyond its end', async () => {
		const { source } = openSwarm(0, 100);
		const range = { offsetBytes: 50, lengthBytes: 51 };
		await expect(allOf(source.read(range, never))).rejects.toMatchObject({
			code: 'invalid-argument',
		});
	});
});
