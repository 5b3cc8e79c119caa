// What has no pieces: subtitles, and the description of the film itself. It comes from whoever described the film.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { ByteRange } from '../byte-source.ts';
import { isDescribedByOwner, type Shared } from './shared-state.ts';

/** Called when the film is open. Subtitles are text to whoever shows them; the description has been checked. */
export async function* readBesideFilm(
	shared: Shared,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const { offsetBytes, lengthBytes } = range;
	if (range.sideCar === 'info-dictionary' && shared.verified && !isDescribedByOwner(shared)) {
		// Nobody may be there who could send it again.
		yield shared.verified.infoDictionary.slice(offsetBytes, offsetBytes + lengthBytes);
		return;
	}
	const describer = shared.believed ?? shared.verified?.describer;
	if (!describer) throw new GiggityflixError('unavailable', 'who described the film has gone');
	yield* describer.remote.read(range, signal);
}
