// What the browser hands over from outside: magnets of other pages and .torrent files of the desktop.
import { afterEach, expect, it, vi } from 'vitest';
import { createMagnetLinks, type Launch } from '../../../../web/lib/browser/magnet-links.ts';

afterEach(() => vi.unstubAllGlobals());

/** A page of an installed app; `launch` opens it once more. */
function openApp() {
	let launch: (how: { targetURL?: string; files?: unknown[] }) => void = () => undefined;
	vi.stubGlobal('location', { origin: 'https://films.example' });
	vi.stubGlobal('window', {
		launchQueue: { setConsumer: (consumer: typeof launch) => (launch = consumer) },
	});
	vi.stubGlobal('navigator', { registerProtocolHandler: vi.fn() });
	const launches: Launch[] = [];
	const links = createMagnetLinks();
	links.onLaunch((each) => launches.push(each));
	return { links, launches, launch: (how: Parameters<typeof launch>[0]) => launch(how) };
}

it('asks the browser for the magnets of other pages', () => {
	const { links } = openApp();
	expect(links.canHandle).toBe(true);
	links.handle();
	expect(navigator.registerProtocolHandler).toHaveBeenCalledWith('magnet', '/magnet#link=%s');
});

it('takes a magnet as an address of its own', () => {
	const { launches, launch } = openApp();
	const link = encodeURIComponent('magnet:?xt=urn:btih:abc&dn=A film');
	launch({ targetURL: `https://films.example/magnet#link=${link}`, files: [] });
	launch({ targetURL: 'https://elsewhere.example/magnet#link=x' });
	launch({});
	expect(launches).toEqual([{ kind: 'address', href: `/magnet#link=${link}` }]);
});

it('takes a file, and says nothing of one that has gone', async () => {
	const { launches, launch } = openApp();
	const file = new File(['d4:infode'], 'Film.torrent');
	const targetURL = 'https://films.example/magnet';
	launch({ targetURL, files: [{ getFile: () => Promise.reject(new Error('gone')) }] });
	launch({ targetURL, files: [{ getFile: () => Promise.resolve(file) }] });
	await vi.waitFor(() => expect(launches).toEqual([{ kind: 'file', file }]));
});

it('does without, where a browser has neither', () => {
	vi.stubGlobal('window', {});
	vi.stubGlobal('navigator', {});
	const links = createMagnetLinks();
	expect(links.canHandle).toBe(false);
	links.onLaunch(() => expect.fail('there is nothing to launch'));
});
