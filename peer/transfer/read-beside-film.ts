// What has no pieces: subtitles, and the description of the film itself. It comes from whoever described the film.
import { GiggityflixError } from '../../proto/errors.ts';
import type { ByteRange, ByteSourceFacts } from './byte-source.ts';
import type { Member, Shared } from './shared-state.ts';

/** Who said what the film is; nobody when no owner did. */
export const describedBy = new WeakMap<ByteSourceFacts, Member>();

/** Whether it was the owner who is believed. */
export function isDescribedBy({ verified, believed }: Shared): boolean {
	return verified !== undefined && describedBy.get(verified.facts) === believed;
}

/** Subtitles are text to whoever shows them; the description has been checked. */
export async function* readBesideFilm(
	shared: Shared,
	facts: ByteSourceFacts,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const { offsetBytes, lengthBytes } = range;
	if (range.sideCar === 'info-dictionary' && shared.verified && !isDescribedBy(shared)) {
		// Nobody may be there who could send it again.
		yield shared.verified.infoDictionary.slice(offsetBytes, offsetBytes + lengthBytes);
		return;
	}
	const describer =
		shared.believed ??
		[...shared.others.values()].find((member) => describedBy.get(facts) === member);
	if (!describer) throw new GiggityflixError('unavailable', 'who described the film has gone');
	yield* describer.remote.read(range, signal);
}
