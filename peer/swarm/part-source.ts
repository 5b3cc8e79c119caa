// A part of a torrent as a byte source, whoever its bytes come from. Rule: what it is is known before the first byte, and
// its reads end with the swarm. Knows nothing of pieces.
import { GiggityflixError } from '../../proto/errors.ts';
import {
	requireWithin,
	type ByteRange,
	type ByteSource,
	type ByteSourceFacts,
} from '../transfer/byte-source.ts';

export interface PartSourceOptions {
	readonly facts: ByteSourceFacts;
	/** Aborted when the swarm is left. */
	readonly swarm: AbortSignal;
	/** Called with ranges within the part, and a signal that ends with the source and with the swarm as well. */
	readonly read: ByteSource['read'];
}

export function createPartSource({ facts, swarm, read }: PartSourceOptions): ByteSource {
	const lifetime = new AbortController();
	const orEnded = (signal: AbortSignal) => AbortSignal.any([signal, swarm, lifetime.signal]);
	return {
		async open(signal) {
			orEnded(signal).throwIfAborted();
			return facts;
		},
		async *read(range: ByteRange, signal: AbortSignal) {
			requireWithin(range, facts);
			yield* read(range, orEnded(signal));
		},
		close: () => lifetime.abort(new GiggityflixError('cancelled', 'the source was closed')),
	};
}
