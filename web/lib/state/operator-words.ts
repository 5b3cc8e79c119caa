// What the operator page says: codes and kinds in, sentences out. The operator runs the server, so these
// may name its parts.
import type { ErrorCode, GiggityflixError } from '../../../proto/errors.ts';
import type { CommandKind } from '../../../proto/operator.ts';

const tokenProblems: Partial<Record<ErrorCode, string>> = {
	unauthenticated: 'This is not the operator token of this server.',
	'not-found':
		'This server has no operator token. Set OPERATOR_TOKEN, at least 16 characters, and start it again.',
	'resource-exhausted':
		'Too many wrong tokens came from your address. Wait a minute, then try again.',
};

/** Why nothing is shown. */
export function tokenProblem(code: ErrorCode): string {
	return tokenProblems[code] ?? 'The server does not answer. Trying again.';
}

const reasons: Record<ErrorCode, string> = {
	'invalid-argument': 'not a valid command',
	'not-found': 'the peer has no such film',
	unauthenticated: 'the token is not accepted any more',
	'permission-denied': 'the peer does not allow it',
	unavailable: 'the peer is away',
	'timed-out': 'no answer in time',
	cancelled: 'cancelled',
	'resource-exhausted': 'too many commands at once',
	corrupt: 'the answer makes no sense',
	unsupported: 'the peer cannot do this',
	'already-exists': 'another command has this id',
	internal: 'a defect',
};

/** "the peer is away (unavailable)": for a person and for a search in the log. */
export function failureWords(code: ErrorCode): string {
	return `${reasons[code]} (${code})`;
}

export function commandFailed({ code }: GiggityflixError): string {
	return `The command failed: ${failureWords(code)}.`;
}

export function sessionNotClosed(code: ErrorCode): string {
	return code === 'not-found'
		? 'The session has ended already.'
		: 'The session could not be closed.';
}

export const kindWords: Record<CommandKind, string> = {
	'file-delete': 'Delete a film',
	'file-hash': 'Hash a film',
	'file-remap': 'Move a film to another id',
	'screenshot-capture': 'Take pictures',
};

/** What somebody should know who is about to send a command. */
export const kindWarnings: Record<CommandKind, string> = {
	'file-delete': 'The file is deleted from the disk of the peer, if its owner has allowed that.',
	'file-hash': 'The peer reads the whole file. A large one takes minutes.',
	'file-remap': 'Links to the old id lead to the new one from then on.',
	'screenshot-capture': 'The peer decodes the film for a moment.',
};
