// Messages come, leave by themselves, and are not repeated.
import { describe, expect, it } from 'vitest';
import { Toasts } from '../../../../web/lib/state/toasts.svelte.ts';

function world() {
	const waiting: { delayMs: number; run: () => void }[] = [];
	return { waiting, toasts: new Toasts((delayMs, run) => waiting.push({ delayMs, run })) };
}

const texts = (toasts: Toasts) => toasts.list.map((toast) => toast.text);

describe('toasts', () => {
	it('leave by themselves, later when there is something to press', () => {
		const { toasts, waiting } = world();
		toasts.show('Link copied.');
		toasts.show('Removed.', { action: { label: 'Undo', run: () => undefined } });
		expect(waiting[1]!.delayMs).toBeGreaterThan(waiting[0]!.delayMs);
		waiting[0]!.run();
		expect(texts(toasts)).toEqual(['Removed.']);
	});

	it('stay when they have to', () => {
		const { toasts, waiting } = world();
		toasts.show('A new version is ready.', { stays: true });
		expect(waiting).toEqual([]);
	});

	it('do not repeat themselves and do not fill the screen', () => {
		const { toasts } = world();
		for (const text of ['a', 'b', 'a', 'c', 'd']) toasts.show(text);
		expect(texts(toasts)).toEqual(['a', 'c', 'd']);
	});
});
