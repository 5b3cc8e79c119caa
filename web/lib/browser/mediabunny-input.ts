// Opens a film with mediabunny for probe and frame grabber: the one reading of its errors, and the
// clean-up. Knows nothing of tracks. Reads a browser's `File` by itself, with its own cache.
import { ALL_FORMATS, BlobSource, Input } from 'mediabunny';
import type { OpenFile } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { nativeFileOf } from './browser-file.ts';

/**
 * Runs `use` on the opened film and closes it. Throws `unsupported` when mediabunny cannot make sense of the content,
 * `signal.reason`, and what reading the file throws.
 */
export async function withMediabunny<Result>(
	file: OpenFile,
	signal: AbortSignal,
	use: (input: Input) => Promise<Result>,
): Promise<Result> {
	signal.throwIfAborted();
	const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(nativeFileOf(file)) });
	const dispose = () => input.dispose();
	signal.addEventListener('abort', dispose, { once: true });
	try {
		await input.getFormat();
		return await use(input);
	} catch (caught) {
		signal.throwIfAborted();
		throw translated(caught);
	} finally {
		signal.removeEventListener('abort', dispose);
		dispose();
	}
}

function translated(caught: unknown): GiggityflixError {
	const error = GiggityflixError.from(caught);
	// Refused reads are DOMExceptions and have a code of their own; the rest are complaints about content.
	if (error.code !== 'internal') return error;
	return new GiggityflixError('unsupported', error.message, { cause: caught });
}
