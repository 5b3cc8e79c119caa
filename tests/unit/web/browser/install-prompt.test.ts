import { describe, expect, it } from 'vitest';
import { createInstallPrompt } from '../../../../web/lib/browser/install-prompt.ts';

function offer(outcome: 'accepted' | 'dismissed') {
	const event = new Event('beforeinstallprompt', { cancelable: true });
	return Object.assign(event, { prompt: () => Promise.resolve({ outcome }) });
}

describe('createInstallPrompt', () => {
	it('holds the offer back until it is asked for, and uses it once', async () => {
		const page = new EventTarget();
		const install = createInstallPrompt(page);
		let changes = 0;
		install.subscribe(() => changes++);
		expect(install.isAvailable()).toBe(false);
		expect(await install.show()).toBe(false);

		const event = offer('accepted');
		page.dispatchEvent(event);

		expect(event.defaultPrevented).toBe(true);
		expect(install.isAvailable()).toBe(true);
		expect(await install.show()).toBe(true);
		expect(install.isAvailable()).toBe(false);
		expect(changes).toBe(2);
	});

	it('tells a refusal', async () => {
		const page = new EventTarget();
		const install = createInstallPrompt(page);
		page.dispatchEvent(offer('dismissed'));

		expect(await install.show()).toBe(false);
	});

	it('has nothing to offer once the app is installed', () => {
		const page = new EventTarget();
		const install = createInstallPrompt(page);
		page.dispatchEvent(offer('accepted'));
		page.dispatchEvent(new Event('appinstalled'));

		expect(install.isAvailable()).toBe(false);
	});
});
