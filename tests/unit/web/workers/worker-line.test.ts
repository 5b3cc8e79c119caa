import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerCalls, type CallHandlers } from '../../../../web/lib/workers/answer-calls.ts';
import { createWorkerLine, type LineWorker } from '../../../../web/lib/workers/worker-line.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';

type Calls = {
	note: { input: string; output: null };
	double: { input: number; output: number };
	fail: { input: string; output: never };
	hang: { input: null; output: null };
	measure: { input: ArrayBuffer; output: number };
};

/** A worker without a thread: both ends of the line in one process. */
class InlineWorker extends EventTarget {
	readonly #inside = new EventTarget();
	isTerminated = false;

	constructor(handlers: CallHandlers<Calls>) {
		super();
		answerCalls<Calls>(
			{
				addEventListener: (type, listener) => {
					this.#inside.addEventListener(type, listener as EventListener);
				},
				postMessage: (content: unknown) => {
					if (!this.isTerminated) this.dispatchEvent(message(content));
				},
			},
			handlers,
		);
	}

	postMessage(content: unknown, transfer: Transferable[]): void {
		this.#inside.dispatchEvent(message(content, transfer));
	}

	terminate(): void {
		this.isTerminated = true;
	}
}

const message = (content: unknown, transfer: Transferable[] = []) =>
	new MessageEvent('message', { data: structuredClone(content, { transfer }) });

const never = new AbortController().signal;
let started: InlineWorker[];
let noted: string[];
let running: number;
let mostRunning: number;

beforeEach(() => {
	vi.useFakeTimers();
	started = [];
	noted = [];
	running = mostRunning = 0;
});
afterEach(() => vi.useRealTimers());

function line() {
	const handlers: CallHandlers<Calls> = {
		note: async (text) => {
			noted.push(text);
			return { output: null };
		},
		double: async (number) => {
			mostRunning = Math.max(mostRunning, ++running);
			await Promise.resolve();
			running--;
			return { output: number * 2 };
		},
		fail: async (text) => {
			throw new GiggityflixError('unsupported', text);
		},
		hang: () => new Promise(() => undefined),
		measure: async (memory) => ({ output: memory.byteLength }),
	};
	return createWorkerLine<Calls>({
		startWorker: () => {
			const worker = new InlineWorker(handlers);
			started.push(worker);
			return worker as LineWorker;
		},
		idleMs: 1_000,
	});
}

describe('createWorkerLine', () => {
	it('starts one worker with the first call and runs calls one after the other', async () => {
		const calls = line();
		expect(started).toHaveLength(0);

		const doubled = await Promise.all([1, 2, 3].map((one) => calls.call('double', one, never)));

		expect(doubled).toEqual([2, 4, 6]);
		expect(started).toHaveLength(1);
		expect(mostRunning).toBe(1);
	});

	it('carries typed errors, and the next call still works', async () => {
		const calls = line();

		await expect(calls.call('fail', 'no codec', never)).rejects.toMatchObject({
			code: 'unsupported',
			message: 'no codec',
		});
		expect(await calls.call('double', 4, never)).toBe(8);
		expect(started).toHaveLength(1);
	});

	it('hands memory over once it is the turn of its call', async () => {
		const calls = line();
		const memory = new ArrayBuffer(7);
		const before = calls.call('double', 1, never);
		const measuring = calls.call('measure', memory, never, { transfer: [memory] });
		expect(memory.detached).toBe(false);
		await before;
		expect(await measuring).toBe(7);
		expect(memory.detached).toBe(true);
	});

	it('ends an idle worker and starts another when it is needed again', async () => {
		const calls = line();
		await calls.call('double', 1, never);
		await vi.advanceTimersByTimeAsync(999);
		expect(started[0]?.isTerminated).toBe(false);

		await vi.advanceTimersByTimeAsync(1);

		expect(started[0]?.isTerminated).toBe(true);
		expect(await calls.call('double', 5, never)).toBe(10);
		expect(started).toHaveLength(2);
	});

	it('does not take a long call for idleness', async () => {
		const calls = line();
		await calls.call('double', 1, never);
		const hanging = calls.call('hang', null, never);
		await vi.advanceTimersByTimeAsync(60_000);

		expect(started[0]?.isTerminated).toBe(false);
		started[0]?.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
		await expect(hanging).rejects.toMatchObject({ code: 'unavailable' });
		expect(await calls.call('double', 2, never)).toBe(4);
		expect(started).toHaveLength(2);
	});

	it('ends the worker of an aborted call; the call behind it gets a new one', async () => {
		const calls = line();
		const aborting = new AbortController();
		const hanging = calls.call('hang', null, aborting.signal);
		const behind = calls.call('double', 3, never);
		await vi.advanceTimersByTimeAsync(0);

		aborting.abort(new Error('enough'));

		await expect(hanging).rejects.toThrow('enough');
		expect(await behind).toBe(6);
		expect(started.map((worker) => worker.isTerminated)).toEqual([true, false]);
	});

	it('tells a worker something beside the call it is at, and nobody when none runs', async () => {
		const calls = line();
		calls.tell('note', 'lost');
		const doubling = calls.call('double', 3, never);
		await vi.advanceTimersByTimeAsync(0);
		const hanging = calls.call('hang', null, never);
		await vi.advanceTimersByTimeAsync(0);
		calls.tell('note', 'heard');
		await vi.advanceTimersByTimeAsync(0);

		expect(noted).toEqual(['heard']);
		expect(await doubling).toBe(6);
		started[0]?.dispatchEvent(Object.assign(new Event('error'), { message: 'ended' }));
		await expect(hanging).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('does not start a call that was aborted while it waited', async () => {
		const calls = line();

		await expect(calls.call('double', 1, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
			'too late',
		);
		expect(started).toHaveLength(0);
	});
});
