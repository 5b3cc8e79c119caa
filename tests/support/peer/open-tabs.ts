// Tabs of one browser, each with a peer, on one fixture. They are stopped when their test is over.
import { onTestFinished } from 'vitest';
import { createTabPeer, type TabPeer } from '../../../peer/tabs/tab-peer.ts';
import { settle } from './fake-clock.ts';
import { createPeerFixture } from './peer-fixture.ts';
import { createTabBrowser } from './tab-browser.ts';

/** As many as wanted; the first one leads. */
export async function openTabs(count: number) {
	const fixture = createPeerFixture();
	const browser = createTabBrowser();
	const opened = new Set<TabPeer>();
	onTestFinished(async () => {
		for (const tab of opened) await tab.stop();
	});
	for (let index = 0; index < count; index += 1) {
		const tab = createTabPeer({
			...fixture.deps,
			lock: browser.lock,
			channel: browser.channel(),
		});
		opened.add(tab);
		await tab.start();
	}
	const [first, second, third] = [...opened] as [TabPeer, TabPeer, TabPeer];
	return {
		...{ ...fixture, browser, first, second, third },
		async close(tab: TabPeer): Promise<void> {
			opened.delete(tab);
			await tab.stop();
			await settle();
		},
	};
}
