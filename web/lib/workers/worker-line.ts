// The page's side of a line of calls to one worker: started with the first call, one call after the
// other, ended when nothing was asked for a while and whenever a running call is aborted, because that is
// the only way to stop a decoder in the middle. Knows no call and no worker.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CallResponse, WorkerCalls } from './worker-calls.ts';

/** The part of `Worker` this needs. */
export interface LineWorker {
	postMessage(message: unknown, transfer: Transferable[]): void;
	addEventListener(type: 'message', listener: (event: MessageEvent<CallResponse>) => void): void;
	addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void;
	terminate(): void;
}

export interface WorkerLine<Calls extends WorkerCalls> {
	/** Waits for its turn, then for the answer. Throws the worker's `GiggityflixError` or `signal.reason`. */
	call<Type extends keyof Calls & string>(
		type: Type,
		input: Calls[Type]['input'],
		signal: AbortSignal,
		extras?: CallExtras<Calls[Type]['progress']>,
	): Promise<Calls[Type]['output']>;
	/** Says something to the worker at once, beside the call it is at, and waits for no answer. Lost while no worker runs. */
	tell<Type extends keyof Calls & string>(type: Type, input: Calls[Type]['input']): void;
}

export interface CallExtras<Progress> {
	readonly onProgress?: (progress: Progress) => void;
	/** What of the input is handed over rather than copied, when the call's turn has come. */
	readonly transfer?: Transferable[];
}

interface WorkerLineOptions {
	readonly startWorker: () => LineWorker;
	readonly idleMs: number;
}

interface RunningCall {
	readonly id: number;
	readonly resolve: (output: unknown) => void;
	readonly reject: (error: unknown) => void;
	readonly onProgress: (progress: unknown) => void;
}

/** Of what is told: no call has it, so its answer is nobody's. */
const toldId = 0;

/** `idleMs` after the last answer the worker is ended; its memory is the reason. */
export function createWorkerLine<Calls extends WorkerCalls>(
	options: WorkerLineOptions,
): WorkerLine<Calls> {
	let worker: LineWorker | undefined;
	let running: RunningCall | undefined;
	let lastId = 0;
	let turn: Promise<unknown> = Promise.resolve();
	let idleTimer: ReturnType<typeof setTimeout> | undefined;

	function end(): void {
		worker?.terminate();
		worker = undefined;
	}

	function start(): LineWorker {
		const started = options.startWorker();
		started.addEventListener('message', (event) => {
			if (running?.id === event.data.id) hear(running, event.data);
		});
		// The script did not load, or it threw outside a handler: the worker is of no use any more.
		started.addEventListener('error', (event) => {
			if (worker !== started) return;
			end();
			running?.reject(new GiggityflixError('unavailable', `a worker failed: ${event.message}`));
		});
		return started;
	}

	async function run(
		type: string,
		input: unknown,
		signal: AbortSignal,
		{ onProgress = () => undefined, transfer = [] }: CallExtras<unknown>,
	): Promise<unknown> {
		signal.throwIfAborted();
		clearTimeout(idleTimer);
		const asked = (worker ??= start());
		const id = ++lastId;
		const stopListening = new AbortController();
		try {
			return await new Promise((resolve, reject) => {
				running = { id, resolve, reject, onProgress };
				const abort = () => {
					end();
					reject(signal.reason as Error);
				};
				signal.addEventListener('abort', abort, { signal: stopListening.signal });
				asked.postMessage({ type, id, input }, transfer);
			});
		} finally {
			stopListening.abort();
			running = undefined;
			idleTimer = setTimeout(end, options.idleMs);
		}
	}

	return {
		call: (type, input, signal, extras = {}) => {
			const answered = turn.then(() => run(type, input, signal, extras));
			// A call that failed does not hold up the next one; its own caller hears of it.
			turn = answered.catch(() => undefined);
			return answered;
		},
		tell: (type, input) => worker?.postMessage({ type, id: toldId, input }, []),
	};
}

function hear(call: RunningCall, response: CallResponse): void {
	if ('progress' in response) call.onProgress(response.progress);
	else if (response.ok) call.resolve(response.output);
	else call.reject(new GiggityflixError(response.error.code, response.error.message));
}
