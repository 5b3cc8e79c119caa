import { describe, expect, it } from 'vitest';
import { createInbox } from '../../../../edge-server/sessions/inbox.ts';

describe('createInbox', () => {
	it('runs one task after another, in order', async () => {
		const inbox = createInbox(10);
		const trace: string[] = [];
		const task = (name: string) => async () => {
			trace.push(`${name} starts`);
			await Promise.resolve();
			trace.push(`${name} ends`);
		};
		await Promise.all([inbox.put(task('one')), inbox.put(task('two'))]);
		expect(trace).toEqual(['one starts', 'one ends', 'two starts', 'two ends']);
	});

	it('refuses when too many wait, and takes again when one is done', async () => {
		const inbox = createInbox(1);
		let finish = (): void => undefined;
		const first = inbox.put(() => new Promise((resolve) => (finish = resolve)));
		expect(inbox.put(async () => undefined)).toBeUndefined();
		await Promise.resolve();
		finish();
		await first;
		expect(inbox.put(async () => undefined)).toBeDefined();
	});
});
