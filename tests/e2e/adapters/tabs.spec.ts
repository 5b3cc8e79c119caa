// Several tabs of one browser: one leads, the next takes over however the leader goes away, messages reach
// the others, and time does not depend on a tab's own timers.
import { expect } from '@playwright/test';
import { onPage, test } from '../../support/adapters-page.ts';

test('one tab leads; the next one follows when it resigns or goes away', async ({
	context,
	adaptersUrl,
}) => {
	const [first, second, third] = await Promise.all([
		context.newPage(),
		context.newPage(),
		context.newPage(),
	]);
	for (const tab of [first, second, third]) await tab.goto(adaptersUrl);
	await onPage(first, 'lead', null);
	await expect.poll(() => onPage(first, 'isLeading', null)).toBe(true);
	await onPage(second, 'lead', null);
	await onPage(third, 'lead', null);
	expect(await onPage(second, 'isLeading', null)).toBe(false);

	await onPage(first, 'resign', null);
	await expect.poll(() => onPage(second, 'isLeading', null)).toBe(true);
	expect(await onPage(third, 'isLeading', null)).toBe(false);

	await second.close();
	await expect.poll(() => onPage(third, 'isLeading', null)).toBe(true);
});

test('a message reaches the other tabs and not its sender', async ({ context, adaptersUrl }) => {
	const [one, other] = await Promise.all([context.newPage(), context.newPage()]);
	await one.goto(adaptersUrl);
	await other.goto(adaptersUrl);

	await onPage(one, 'post', { message: { kind: 'hello', bytes: [1, 2] } });

	await expect.poll(() => onPage(other, 'heard', null)).toEqual([{ kind: 'hello', bytes: [1, 2] }]);
	expect(await onPage(one, 'heard', null)).toEqual([]);
});

test('a page whose own timers stand still, as in a hidden tab, keeps time', async ({
	page,
	adaptersUrl,
}) => {
	// Headless pages are never hidden, so their timers are taken away instead.
	await page.addInitScript('globalThis.setTimeout = () => 0');
	await page.goto(adaptersUrl);

	for (let turn = 0; turn < 3; turn++) {
		const { elapsedMs } = await onPage(page, 'sleep', { durationMs: 50 });
		expect(elapsedMs).toBeGreaterThanOrEqual(49);
		expect(elapsedMs).toBeLessThan(1_000);
	}
});
