import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQuiet, patienceMs, quietMs, type Quiet } from '../../../../peer/node/quiet.ts';

let calls: number;
let quiet: Quiet;

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
	calls = 0;
	quiet = createQuiet(() => (calls += 1));
});
afterEach(() => {
	vi.useRealTimers();
});

/** As a copy does: ten times a second. */
function disturbFor(durationMs: number): void {
	for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
		quiet.disturb();
		vi.advanceTimersByTime(100);
	}
}

describe('createQuiet', () => {
	it('takes many disturbances as one, when they are over', () => {
		disturbFor(10_000);
		expect(calls).toBe(0);
		vi.advanceTimersByTime(quietMs);
		expect(calls).toBe(1);
		vi.advanceTimersByTime(10 * patienceMs);
		expect(calls).toBe(1);
	});

	it('calls for each disturbance after which it was quiet', () => {
		for (const wanted of [1, 2, 3]) {
			quiet.disturb();
			vi.advanceTimersByTime(quietMs - 1);
			expect(calls).toBe(wanted - 1);
			vi.advanceTimersByTime(1);
			expect(calls).toBe(wanted);
		}
	});

	it('loses its patience with disturbances that do not end', () => {
		disturbFor(patienceMs - 100);
		expect(calls).toBe(0);
		disturbFor(100);
		expect(calls).toBe(1);
		disturbFor(patienceMs);
		expect(calls).toBe(2);
	});

	it('calls nobody once it is cancelled', () => {
		quiet.disturb();
		quiet.cancel();
		vi.advanceTimersByTime(10 * patienceMs);
		expect(calls).toBe(0);
	});
});
