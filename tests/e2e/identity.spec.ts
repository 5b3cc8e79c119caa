// Twelve words are a person: shown in Settings, taken along to another browser, where the same folder has the same links.
import { expect, type Page } from '@playwright/test';
import {
	clipboardPermissions,
	copyLink,
	expectOnline,
	shareFilm,
	shareFolder,
	test,
} from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying } from '../support/video-pixels.ts';

test('links go on in another browser with the same words and folder', async ({
	people,
	folder,
}) => {
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-index-in-front' });
	const { owner: before, link } = await shareFilm(people, folder, 'Harbour Lights');
	await before.page.goto('/settings');
	const peerId = await peerIdOn(before.page);
	await expect(before.page.getByRole('listitem')).toHaveCount(0);
	await before.page.getByRole('button', { name: 'Show the words' }).click();
	await expect(before.page.getByRole('listitem')).toHaveCount(12);
	await before.page.getByRole('button', { name: 'Copy', exact: true }).click();
	const phrase = await before.page.evaluate(() => navigator.clipboard.readText());
	expect(phrase.split(' ')).toHaveLength(12);
	await before.page.getByRole('button', { name: 'Hide' }).click();
	await expect(before.page.getByRole('listitem')).toHaveCount(0);
	await before.context.close();

	const after = await people.arrive(clipboardPermissions, '/settings');
	await expectOnline(after.page);
	expect(await peerIdOn(after.page)).not.toBe(peerId);
	await restore(after.page, phrase.toUpperCase());
	await expect(after.page.getByText('This browser has its identity back.')).toBeVisible();
	expect(await peerIdOn(after.page)).toBe(peerId);
	await shareFolder(after.page, folder, 1);
	expect(await copyLink(after.page, 'Harbour Lights')).toBe(link);
	const viewer = await people.arrive({}, link);
	await expectPlaying(viewer.page);
});

test('words that are none change nobody', async ({ people }) => {
	const { page } = await people.arrive({}, '/settings');
	await expectOnline(page);
	const peerId = await peerIdOn(page);
	await restore(page, 'abandon '.repeat(12));
	await expect(page.getByText('You are still who you were')).toBeVisible();
	expect(await peerIdOn(page)).toBe(peerId);
});

async function peerIdOn(page: Page): Promise<string> {
	const id = page.locator('code');
	await expect(id).toHaveText(/^gf[a-z2-7]{32}$/);
	return id.innerText();
}

async function restore(page: Page, phrase: string) {
	await page.getByText('Restore another identity').click();
	await page.getByLabel('The twelve words').fill(phrase);
	await page.getByRole('button', { name: 'Restore', exact: true }).click();
	await page.getByRole('button', { name: 'Restore identity' }).click();
}
