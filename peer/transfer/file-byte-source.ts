// A file on this disk as a byte source, for playing one's own films. Slices grow from 256 KiB to 4 MiB
// with one read ahead. Knows nothing of folders or players.
import { GiggityflixError } from '../../proto/errors.ts';
import type { OpenFile } from '../ports.ts';
import {
	requireWithin,
	type ByteRange,
	type ByteSource,
	type ByteSourceFacts,
} from './byte-source.ts';
import { createSliceReader } from './serving/slice-reader.ts';

const unitBytes = 256 * 1024;
const maxSliceBytes = 4 * 1024 * 1024;

/**
 * `open` is called for each read with the number of the side-car, 0 for the film. A film that is no longer
 * what `facts` say fails with `corrupt`.
 */
export function createFileByteSource(
	facts: ByteSourceFacts,
	open: (sideCar: number) => Promise<OpenFile>,
): ByteSource {
	const lifetime = new AbortController();
	return {
		open: async (signal) => {
			signal.throwIfAborted();
			checkVersion(await open(0), facts);
			return facts;
		},
		read: (range, signal) =>
			readFile(facts, open, range, AbortSignal.any([signal, lifetime.signal])),
		close: () => lifetime.abort(new GiggityflixError('cancelled', 'the source was closed')),
	};
}

async function* readFile(
	facts: ByteSourceFacts,
	open: (sideCar: number) => Promise<OpenFile>,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	signal.throwIfAborted();
	const { sideCar = 0 } = range;
	if (sideCar === 'info-dictionary') {
		throw new GiggityflixError('unsupported', 'a film on this disk needs no piece hashes');
	}
	const file = await open(sideCar);
	if (sideCar === 0) checkVersion(file, facts);
	requireWithin(range, file);
	const reader = createSliceReader({
		file,
		offsetBytes: range.offsetBytes,
		lengthBytes: range.lengthBytes,
		unitBytes,
		maxSliceBytes: () => maxSliceBytes,
	});
	for (;;) {
		signal.throwIfAborted();
		const slice = await reader.next();
		if (slice === undefined) return;
		signal.throwIfAborted();
		yield slice;
	}
}

function checkVersion(file: OpenFile, facts: ByteSourceFacts): void {
	if (file.sizeBytes === facts.sizeBytes && file.modifiedAtMs === facts.modifiedAtMs) return;
	throw new GiggityflixError('corrupt', 'the file has changed since it was added');
}
