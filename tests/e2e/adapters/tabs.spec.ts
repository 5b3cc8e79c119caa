// Several tabs of one browser: one leads, the next takes over however the leader goes away, messages reach
// the others, and a hidden tab keeps time.
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

test('sleeps of a page in the background are not stretched', async ({ context, adaptersUrl }) => {
	const page = await context.newPage();
	await page.goto(adaptersUrl);
	const front = await context.newPage();
	await front.bringToFront();

	// Chromium lets a hidden page's own timers ring once a second.
	for (let turn = 0; turn < 5; turn++) {
		const { elapsedMs } = await onPage(page, 'sleep', { durationMs: 50 });
		expect(elapsedMs).toBeGreaterThanOrEqual(49);
		expect(elapsedMs).toBeLessThan(400);
	}
});
