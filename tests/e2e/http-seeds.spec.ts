// A .torrent whose files lie on a web server: asked about first, then played and saved from there although nobody is in
// its swarm; and a server that sends something else is told of.
import { expect, type Page } from '@playwright/test';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAccessible } from '../support/accessibility.ts';
import { expectOnline, test, type People, type Person } from '../support/browser-people.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { startHttpSeed, type TestHttpSeed } from '../support/http-seed.ts';
import { testFilm } from '../support/media.ts';
import { sha256Of } from '../support/sha256.ts';
import { pickIntoPrivateStorage, savedSha256 } from '../support/save-picker.ts';
import { bencode, pieceHashesOf, testInfo } from '../support/torrent-bytes.ts';
import { expectPlaying } from '../support/video-pixels.ts';

const title = 'Harbour Lights.mp4';
const pieceBytes = 256 * 1024;

test('a torrent is played and saved from a web server', async ({ people, folder }) => {
	const film = await readFile(await testFilm('mp4-long'));
	const server = await startHttpSeed({ [encodeURIComponent(title)]: film });
	try {
		const { page } = await open(people, folder, film, [server]);
		await expect(page.getByText(`${server.host}, in your own network`)).toBeVisible();
		await expectAccessible(page);
		expect(server.sentBytes()).toBe(0);

		await page.getByRole('button', { name: 'Connect' }).click();
		await page.getByRole('button', { name: `Play ${title}` }).click({ timeout: 30_000 });
		await expectPlaying(page, 30_000);
		await expect(plotOf(page).getByRole('img')).toHaveAttribute(
			'aria-label',
			`HTTP seed ${server.host} 100\u00a0%`,
		);
		await expectAccessible(page);

		await page.getByRole('button', { name: `Save ${title}` }).click();
		await expect(page.getByRole('list', { name: 'Files' })).toContainText('Saved', {
			timeout: 30_000,
		});
		expect(await savedSha256(page)).toBe(sha256Of(film));
	} finally {
		await server.close();
	}
});

test('a web server that sends something else is told of, and the film plays on', async ({
	people,
	folder,
}) => {
	const film = await readFile(await testFilm('mp4-index-in-front'));
	const files = { [encodeURIComponent(title)]: film };
	const [liar, honest] = [await startHttpSeed(files, 'lies'), await startHttpSeed(files)];
	try {
		const { page } = await open(people, folder, film, [liar, honest]);
		await page.getByRole('button', { name: 'Connect' }).click();
		await page.getByRole('button', { name: `Play ${title}` }).click({ timeout: 30_000 });
		await expectPlaying(page, 30_000);
		await expect(plotOf(page)).toContainText(
			`HTTP seed ${liar.host} sent something else. Nothing of it was played.`,
		);
	} finally {
		await liar.close();
		await honest.close();
	}
});

/** Up to the question whether to connect. */
async function open(
	people: People,
	folder: string,
	film: Buffer,
	servers: readonly TestHttpSeed[],
): Promise<Person> {
	const path = join(folder, 'Harbour.torrent');
	const pieces = pieceHashesOf(film, pieceBytes);
	const info = testInfo(film.length, { pieces, 'piece length': pieceBytes });
	await writeFile(path, bencode({ info, 'url-list': servers.map(({ url }) => url) }));
	const viewer = await people.arrive();
	for (const { url } of servers) viewer.mayAsk.add(new URL(url).origin);
	await pickIntoPrivateStorage(viewer.page);
	await viewer.page.reload();
	await expectOnline(viewer.page);
	await dropOnPage(viewer.page, [path]);
	await expect(viewer.page.getByRole('button', { name: 'Connect' })).toBeVisible();
	return viewer;
}

const plotOf = (page: Page) => page.getByRole('region', { name: 'Where the film comes from' });
