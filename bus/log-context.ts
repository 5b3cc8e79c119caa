// The ids of what is being done now: request, peer, session, event. Whoever begins something binds its ids, and
// every log line written on behalf of it has them, however deep. Follows calls and promises by itself.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface LogFields {
	readonly requestId?: string;
	readonly peerId?: string;
	readonly sessionId?: string;
	readonly eventId?: string;
}

const current = new AsyncLocalStorage<LogFields>();

/** Runs `work` with these fields beside those that are bound already. */
export function withLogFields<Result>(fields: LogFields, work: () => Result): Result {
	return current.run({ ...current.getStore(), ...fields }, work);
}

/** What is bound here and now. */
export function currentLogFields(): LogFields {
	return current.getStore() ?? {};
}
