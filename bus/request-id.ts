// The id of one request, from a browser or a program to the last log line it causes. A caller may bring its own,
// so that its log and ours can be laid side by side; what is no plain word is not repeated into a log.
import { randomId } from '../proto/ids.ts';
import type { RandomBytes } from './ports.ts';

export const requestIdHeader = 'x-request-id';

/** The caller's id when it is well-formed, a new one otherwise. */
export function requestIdOf(headers: Headers, randomBytes: RandomBytes): string {
	const given = headers.get(requestIdHeader) ?? '';
	return /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomId(randomBytes);
}
