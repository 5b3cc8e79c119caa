// One key is one wish, however often it arrives; a second one is another.
import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { onEndingSignals } from '../../../bus/ending-signals.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function listen() {
	const process = new EventEmitter();
	const clock = createManualClock();
	const [onFirst, onAgain] = [vi.fn(), vi.fn()];
	onEndingSignals(process, clock.monotonicMs, { onFirst, onAgain });
	return { clock, onFirst, onAgain, signal: (name: string) => process.emit(name, name) };
}

it.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']])('takes %s for the wish to end, once', (name) => {
	const { clock, onFirst, onAgain, signal } = listen();
	signal(name);
	clock.advance(100);
	signal(name);
	expect(onFirst.mock.calls).toEqual([[name]]);
	expect(onAgain).not.toHaveBeenCalled();
});

it('takes a later one for the wish to end at once', () => {
	const { clock, onFirst, onAgain, signal } = listen();
	signal('SIGINT');
	clock.advance(400);
	signal('SIGINT');
	expect(onFirst).toHaveBeenCalledTimes(1);
	expect(onAgain).toHaveBeenCalledTimes(1);
});
