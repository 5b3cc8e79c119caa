// Where the real Chromium of the tests is and how it is started. Knows nothing of pages.
import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of Chromium: CHROMIUM_PATH, or where Linux distributions put it. Throws when there is none. */
export function chromiumPath(): string {
	const found = [process.env['CHROMIUM_PATH'], ...places].find(
		(path) => path !== undefined && existsSync(path),
	);
	if (found === undefined) {
		throw new Error('Chromium was not found: install Debian\'s "chromium" or set CHROMIUM_PATH');
	}
	return found;
}

const unwantedFeatures = [
	// Loopback candidates as plain addresses: there is no mDNS responder on a test machine.
	'WebRtcHideLocalIpsWithMdns',
	// Pages of the address bar, two for every tab, which cost more than a page under test.
	'WebUIOmniboxPopup',
	'WebUIOmniboxAimPopup',
	// A process in reserve for a site that no test visits.
	'SpareRendererForSitePerProcess',
];

export const chromiumFlags = [
	'--no-sandbox',
	'--disable-gpu',
	// Without these two Chromium calls home at start and waits for it on a closed network.
	'--disable-background-networking',
	'--disable-component-update',
	`--disable-features=${unwantedFeatures.join(',')}`,
	'--autoplay-policy=no-user-gesture-required',
	'--enable-precise-memory-info',
];
