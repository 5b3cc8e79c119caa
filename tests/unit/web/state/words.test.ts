// Every failure has its own words and one next action, and no word the app avoids.
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../../proto/errors.ts';
import {
	attemptFailed,
	networkStatus,
	unreadableWords,
	watchNotice,
	type WatchSituation,
} from '../../../../web/lib/state/words.ts';

const situations: WatchSituation[] = [
	'connecting',
	'owner-away',
	'asking-others',
	'will-tell',
	'wrong-key',
	'permission-lost',
	'file-changed',
	'gone',
	'codec-unsupported',
	'no-route',
	'edge-unreachable',
	'entry-not-found',
	'refused',
	'page-insecure',
	'broken',
];
const avoided = /error occurred|\bpeer\b|\bICE\b|torrent|undefined|\bcodec\b/i;
const quiet = { viewers: 0, uploadBytesPerSecond: 0, totalUploadedBytes: 0, viewersByEntry: {} };

describe('the watch page', () => {
	it('says something of its own for every situation', () => {
		const notices = situations.map((situation) => watchNotice(situation, 'Anna'));
		const texts = notices.map((notice) => `${notice.title} ${notice.text}`);
		expect(new Set(texts).size).toBe(situations.length);
		for (const text of texts) expect(text).not.toMatch(avoided);
	});

	it('offers one next action everywhere but while it connects', () => {
		for (const situation of situations) {
			const { action } = watchNotice(situation, 'Anna');
			if (situation === 'connecting') expect(action).toBeUndefined();
			else expect(action?.label).toMatch(/^[A-Z]/);
		}
	});

	it('begins sentences with a capital, also without a name', () => {
		expect(watchNotice('owner-away', 'the owner').title).toBe('The owner is away');
		expect(watchNotice('owner-away', 'the owner').action?.label).toBe(
			'Tell me when the owner is back',
		);
	});
});

describe('codes', () => {
	it('all become sentences', () => {
		for (const code of errorCodes) {
			expect(unreadableWords(code)).not.toMatch(avoided);
			expect(attemptFailed('add-folder', code)).toMatch(/^The folder was not added: .+\.$/);
		}
	});
});

describe('the network pill', () => {
	it('shows who watches and what is sent', () => {
		const serving = { ...quiet, viewers: 3, uploadBytesPerSecond: 2_100_000 };
		expect(networkStatus({ kind: 'online', edgeId: 'edge' }, serving)).toEqual({
			dot: 'direct',
			words: 'Online · 3 watching · ↑ 2.1 MB/s',
		});
	});

	it('is short when there is nothing to tell', () => {
		expect(networkStatus({ kind: 'online', edgeId: 'edge' }, quiet).words).toBe('Online');
		expect(networkStatus({ kind: 'connecting', attempt: 1 }, quiet).words).toBe('Connecting');
		expect(networkStatus({ kind: 'offline', retryAtMs: 0 }, quiet).words).toBe('Offline');
	});

	it('says why the server does not let this browser in', () => {
		const refused = { kind: 'offline', retryAtMs: 0, refused: 'resource-exhausted' } as const;
		expect(networkStatus(refused, quiet).words).toBe('Offline · the server is full');
	});
});
