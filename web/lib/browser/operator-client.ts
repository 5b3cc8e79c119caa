// The operator API of this origin over fetch. Refusals become GiggityflixErrors with the code the server gave;
// a server that cannot be reached is `unavailable`. Holds no token: callers pass it each time.
import { errorCodes, GiggityflixError } from '../../../proto/errors.ts';
import type {
	CommandPicture,
	OperatorCommand,
	OperatorQuery,
	OperatorSnapshot,
} from '../../../proto/operator.ts';

const timeoutMs = 10_000;

export function createOperatorClient(fetch: typeof globalThis.fetch) {
	const ask = async (token: string, path: string, init: RequestInit = {}): Promise<unknown> => {
		const headers = { authorization: `Bearer ${token}` };
		// The answer to a command may take as long as the command: somebody else shows its result.
		const signal = init.method === 'POST' ? null : AbortSignal.timeout(timeoutMs);
		let response: Response;
		try {
			response = await fetch(`/api/operator${path}`, { ...init, headers, signal });
		} catch (cause) {
			throw new GiggityflixError('unavailable', 'the server does not answer', { cause });
		}
		const body: unknown = await response.json().catch(() => undefined);
		if (response.ok) return body;
		throw refusalOf(body);
	};
	return {
		snapshot: async (token: string, { peers, films }: OperatorQuery) => {
			const query = new URLSearchParams({ peers, films });
			return (await ask(token, `/snapshot?${query.toString()}`)) as OperatorSnapshot;
		},
		send: async (token: string, command: OperatorCommand) => {
			await ask(token, '/commands', { method: 'POST', body: JSON.stringify(command) });
		},
		pictures: async (token: string, commandId: string) => {
			const path = `/commands/${encodeURIComponent(commandId)}/pictures`;
			return ((await ask(token, path)) as { pictures: CommandPicture[] }).pictures;
		},
		closeSession: async (token: string, sessionId: string) => {
			await ask(token, `/sessions/${encodeURIComponent(sessionId)}`, { method: 'DELETE' });
		},
	};
}

/** What is not an answer of our server, but of something in front of it, says that it is not there. */
function refusalOf(body: unknown): GiggityflixError {
	const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
	const known = errorCodes.find((candidate) => candidate === code);
	const text = typeof message === 'string' ? message : 'the server does not answer';
	return new GiggityflixError(known ?? 'unavailable', text);
}
