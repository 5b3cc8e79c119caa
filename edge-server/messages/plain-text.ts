// Names and titles people chose, made safe to show as text: no control characters, no marks that turn the
// reading direction of what stands around them. They are never HTML and never a path.
import { GiggityflixError } from '../../proto/errors.ts';

/**
 * C0 and C1 controls, line and paragraph separators, bidirectional embeddings, overrides and isolates
 * (UAX #9), and the byte order mark.
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g;

/** The text without what cannot be shown, trimmed. Throws `invalid-argument` when it is too long. */
export function plainText(text: string, what: string, maxLength: number): string {
	const clean = text.replace(unprintable, ' ').trim();
	// Characters are code points: an emoji, two units of UTF-16, counts as one.
	if (clean.length <= maxLength || Array.from(clean).length <= maxLength) return clean;
	throw new GiggityflixError('invalid-argument', `${what} is longer than ${maxLength} characters`);
}
