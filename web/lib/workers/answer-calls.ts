// The worker's side of a line of calls: runs the named handler and answers with its result or its typed
// error. The page sends one call at a time and ends a worker to cancel one. Knows no call.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CallCommand, CallResponse, WorkerCalls } from './worker-calls.ts';

/** One handler for each call. */
export type CallHandlers<Calls extends WorkerCalls> = {
	readonly [Type in keyof Calls]: (
		input: Calls[Type]['input'],
		/** Tells whoever waits how far the call is. */
		report: (progress: Calls[Type]['progress']) => void,
	) => Promise<{ readonly output: Calls[Type]['output']; readonly transfer?: Transferable[] }>;
};

/** The part of a worker's global scope this needs; its type differs between page and worker libraries. */
interface WorkerScope {
	addEventListener(type: 'message', listener: (event: MessageEvent<never>) => void): void;
	postMessage(message: unknown, options: { transfer: Transferable[] }): void;
}

/** Answers for as long as the worker lives. */
export function answerCalls<Calls extends WorkerCalls>(
	scope: WorkerScope,
	handlers: CallHandlers<Calls>,
): void {
	async function answer(command: CallCommand<Calls>): Promise<void> {
		const report = (progress: unknown): void => {
			const response: CallResponse = { id: command.id, progress };
			scope.postMessage(response, { transfer: [] });
		};
		try {
			const { output, transfer = [] } = await handlers[command.type](command.input, report);
			scope.postMessage({ id: command.id, ok: true, output } satisfies CallResponse, { transfer });
		} catch (caught) {
			const { code, message } = GiggityflixError.from(caught);
			const response: CallResponse = { id: command.id, ok: false, error: { code, message } };
			scope.postMessage(response, { transfer: [] });
		}
	}
	scope.addEventListener('message', (event: MessageEvent<CallCommand<Calls>>) => {
		void answer(event.data);
	});
}
