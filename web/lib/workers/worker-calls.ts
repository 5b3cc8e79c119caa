// What a page and a worker that answers calls say to each other. Types only; worker-line.ts is the
// page's side, answer-calls.ts the worker's.
import type { ErrorCode } from '../../../proto/errors.ts';

/** The calls a worker answers, by name: what goes in, what comes out and what is told meanwhile, all structured-cloned. */
export type WorkerCalls = Record<string, { input: unknown; output: unknown; progress?: unknown }>;

/** One call on its way to a worker. */
export type CallCommand<Calls extends WorkerCalls> = {
	[Type in keyof Calls]: {
		readonly type: Type;
		readonly id: number;
		readonly input: Calls[Type]['input'];
	};
}[keyof Calls];

/** What a worker says of one call: how far it is, as often as it likes, then its answer. */
export type CallResponse =
	| { readonly id: number; readonly progress: unknown }
	| { readonly id: number; readonly ok: true; readonly output: unknown }
	| {
			readonly id: number;
			readonly ok: false;
			readonly error: { readonly code: ErrorCode; readonly message: string };
	  };
