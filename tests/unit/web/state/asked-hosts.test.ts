// Whom a torrent has the page ask, as a person is shown.
import { expect, it } from 'vitest';
import { hostOfTracker, hostsOfHttpSeeds } from '../../../../web/lib/state/asked-hosts.ts';

it('HTTP seeds are shown by their hosts, and whether they are close by', () => {
	const urls = ['https://a.example/x', 'https://a.example/y', 'http://192.168.1.1:8080/x'];
	expect(hostsOfHttpSeeds(urls)).toEqual(['a.example', '192.168.1.1:8080, in your own network']);
});

it('a tracker is shown by its host', () => {
	expect(hostOfTracker('wss://films.example:8443/announce')).toBe('films.example:8443');
});
