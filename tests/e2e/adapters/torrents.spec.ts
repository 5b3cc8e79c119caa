// Strangers' torrents through the page's parser in its worker: a thousand damaged ones and the largest, and the
// page itself never stalls for longer than a blink.
import { expect } from '@playwright/test';
import { onPage, test } from '../../support/adapters-page.ts';
import { bencode, largestTorrent, mutations, testFolderInfo } from '../../support/torrent-bytes.ts';

/** What a browser calls a long task, and reports from there on. */
const longTaskMs = 50;

const info = testFolderInfo([
	{ path: ['Season 1', 'One.mkv'], length: 20_000 },
	{ path: ['Two.mkv'], length: 5 },
]);
const magnet =
	'magnet:?xt=urn:btih:c9e15763f722f23e98a29decdfae341b98d53056&dn=A+film&tr=wss%3A%2F%2Ffilms.example';

test('a thousand damaged torrents and magnets do not hold up the page', async ({
	page,
	adaptersUrl,
}) => {
	await page.goto(adaptersUrl);
	const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
	const { outcomes, longestTaskMs } = await onPage(page, 'parseTorrents', {
		torrents: [...mutations(bencode({ info }), 600)].map(base64),
		magnets: [...mutations(Buffer.from(magnet), 400)].map((bytes) => Buffer.from(bytes).toString()),
	});
	expect(Object.keys(outcomes).sort()).toEqual(['invalid-argument', 'read']);
	expect((outcomes['read'] ?? 0) + (outcomes['invalid-argument'] ?? 0)).toBe(1000);
	expect(longestTaskMs).toBeLessThanOrEqual(longTaskMs);
});

test('the largest torrents, and bombs, do not hold up the page', async ({ page, adaptersUrl }) => {
	await page.goto(adaptersUrl);
	const tooManyFiles = testFolderInfo(
		Array.from({ length: 20_000 }, () => ({ path: ['a'], length: 100_000 })),
		{ pieces: '' },
	);
	const { outcomes, longestTaskMs } = await onPage(page, 'parseTorrents', {
		torrents: [
			largestTorrent(),
			bencode({ info: tooManyFiles }),
			Buffer.from('l'.repeat(2_000_000)),
			Buffer.from(`l${'0:'.repeat(1_000_000)}e`),
			Buffer.alloc(2 ** 21 + 1),
		].map((bytes) => bytes.toString('base64')),
		magnets: [`${magnet}&dn=${'x'.repeat(1_000_000)}`],
	});
	expect(outcomes).toEqual({ read: 1, 'resource-exhausted': 5 });
	expect(longestTaskMs).toBeLessThanOrEqual(longTaskMs);
});
