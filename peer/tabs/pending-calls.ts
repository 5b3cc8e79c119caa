// Calls of this tab that the leader has not answered yet. Kept until they are, so that they can be repeated to
// whoever leads next. Knows nothing of channels.
import { GiggityflixError } from '../../proto/errors.ts';
import type { RemoteCall, RemoteVerbs } from './remote-verbs.ts';
import type { CallResult } from './tab-protocol.ts';

export interface PendingCalls {
	/** Posts a call and resolves with its answer. */
	call<Verb extends keyof RemoteVerbs>(
		verb: Verb,
		...args: Parameters<RemoteVerbs[Verb]>
	): ReturnType<RemoteVerbs[Verb]>;
	returned(callId: number, result: CallResult): void;
	/** Posts everything again, in order. */
	repeat(): void;
	/** Has the rest carried out by this tab itself. */
	settleWith(carryOut: (call: RemoteCall) => Promise<unknown>): void;
	/** Ends all with `cancelled`. */
	cancel(): void;
}

interface Pending {
	readonly call: RemoteCall;
	readonly resolve: (value: unknown) => void;
	readonly reject: (error: unknown) => void;
}

export function createPendingCalls(post: (callId: number, call: RemoteCall) => void): PendingCalls {
	const pending = new Map<number, Pending>();
	let lastCallId = 0;
	let isCancelled = false;

	function cancelled(): GiggityflixError {
		return new GiggityflixError('cancelled', 'this tab has stopped');
	}

	return {
		call(verb, ...args) {
			const answer = new Promise<unknown>((resolve, reject) => {
				if (isCancelled) throw cancelled();
				lastCallId += 1;
				const call = { verb, args } as unknown as RemoteCall;
				pending.set(lastCallId, { call, resolve, reject });
				post(lastCallId, call);
			});
			return answer as ReturnType<RemoteVerbs[typeof verb]>;
		},
		returned(callId, result) {
			const waiting = pending.get(callId);
			pending.delete(callId);
			if (result.ok) waiting?.resolve(result.value);
			else waiting?.reject(new GiggityflixError(result.code, result.message));
		},
		repeat() {
			for (const [callId, { call }] of pending) post(callId, call);
		},
		settleWith(carryOut) {
			for (const { call, resolve, reject } of pending.values()) {
				carryOut(call).then(resolve, reject);
			}
			pending.clear();
		},
		cancel() {
			isCancelled = true;
			for (const { reject } of pending.values()) reject(cancelled());
			pending.clear();
		},
	};
}
