// A film is saved from its card in the catalog, by keyboard alone, without opening it.
import { expect } from '@playwright/test';
import { join } from 'node:path';
import { expectAccessible } from '../support/accessibility.ts';
import { cardOf, expectOnline, shareFolder, test } from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { pickIntoPrivateStorage, savedSha256 } from '../support/save-picker.ts';
import { sha256OfFile } from '../support/sha256.ts';

const title = 'Harbour Lights';

test('a film is saved from its card', async ({ people, folder }) => {
	await putFilms(folder, { [`${title}.mp4`]: 'mp4-index-in-front' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	const { page } = await people.arrive();
	await pickIntoPrivateStorage(page);
	await page.goto('/?show=all');
	await expectOnline(page);
	const save = page.getByRole('button', { name: `Save ${title}`, exact: true });
	// Offered once it is hashed, which tells what its file is called.
	await expect(save).toBeAttached({ timeout: 30_000 });
	await cardOf(page, title).focus();
	await page.keyboard.press('Tab');
	await expect(save).toBeFocused();
	await expectAccessible(page);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('button', { name: `Saved ${title}` })).toBeVisible({
		timeout: 30_000,
	});
	await expect(page).toHaveURL(/\/\?show=all$/);
	expect(await savedSha256(page)).toBe(await sha256OfFile(join(folder, `${title}.mp4`)));

	// What is here already is not offered.
	await owner.page.goto('/?show=all');
	await expect(cardOf(owner.page, title)).toBeVisible();
	await expect(owner.page.getByRole('button', { name: `Save ${title}` })).toHaveCount(0);
});
