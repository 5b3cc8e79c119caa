// Several tabs that send at once give no more than one would, and one alone gives it all.
import { expect, it } from 'vitest';
import { createTabUploadCap } from '../../../../peer/tabs/tab-upload-cap.ts';
import { createFakeClock, type FakeClock } from '../../../support/peer/fake-clock.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';
import { createTabBrowser } from '../../../support/peer/tab-browser.ts';

const capKbps = 800;
const bytesPerSecond = (capKbps * 1000) / 8;

/** A tab with more to send than it may. */
function openTabs(clock: FakeClock, maxUploadKbps = capKbps) {
	const browser = createTabBrowser();
	const randomBytes = createSeededRandom();
	const open = () => {
		const cap = createTabUploadCap({
			...{ clock, randomBytes, channel: browser.channel() },
			maxUploadKbps: () => maxUploadKbps,
		});
		const tab = { sentBytes: 0, isSending: true };
		void (async () => {
			while (tab.isSending) {
				const frameBytes = cap.maxPayloadBytes();
				await cap.take(frameBytes);
				tab.sentBytes += frameBytes;
				if (maxUploadKbps === 0) await clock.sleep(10);
			}
		})();
		return tab;
	};
	return { open, browser };
}

it('gives one tab everything', async () => {
	const clock = createFakeClock();
	const one = openTabs(clock).open();
	await clock.advance(10_000);
	one.isSending = false;
	expect(one.sentBytes / 10).toBeGreaterThan(bytesPerSecond * 0.9);
	expect(one.sentBytes / 10).toBeLessThan(bytesPerSecond * 1.1);
});

it('is shared by the tabs that send, and is theirs again when one has stopped', async () => {
	const clock = createFakeClock();
	const { open } = openTabs(clock);
	const tabs = [open(), open(), open()];
	await clock.advance(10_000);
	const sums = tabs.map(({ sentBytes }) => sentBytes);
	const together = sums.reduce((sum, bytes) => sum + bytes, 0) / 10;
	expect(together).toBeGreaterThan(bytesPerSecond * 0.9);
	expect(together).toBeLessThan(bytesPerSecond * 1.1);
	for (const bytes of sums) expect(bytes / 10).toBeGreaterThan(bytesPerSecond * 0.25);

	const [first, ...rest] = tabs;
	if (!first) throw new Error('three tabs');
	for (const tab of rest) tab.isSending = false;
	await clock.advance(5000);
	const before = first.sentBytes;
	await clock.advance(10_000);
	first.isSending = false;
	expect((first.sentBytes - before) / 10).toBeGreaterThan(bytesPerSecond * 0.9);
});

it('is kept while a tab begins beside one that sends already', async () => {
	const clock = createFakeClock();
	const { open } = openTabs(clock);
	const first = open();
	await clock.advance(5500);
	const before = first.sentBytes;
	const second = open();
	await clock.advance(1000);
	const together = first.sentBytes - before + second.sentBytes;
	first.isSending = second.isSending = false;
	// The allowance of a burst is a quarter of a second.
	expect(together).toBeLessThan(bytesPerSecond * 1.35);
});

it('says nothing while there is no cap', async () => {
	const clock = createFakeClock();
	const { open, browser } = openTabs(clock, 0);
	const tabs = [open(), open()];
	await clock.advance(1000);
	for (const tab of tabs) tab.isSending = false;
	expect(browser.posted).toEqual([]);
});
