// Several tabs of one browser are one peer: one of them leads, the others show the same and take over when it goes.
import { expect } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cardOf, expectOnline, networkPill, shareFolder, test } from '../support/browser-people.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying, positionOf, seekTo } from '../support/video-pixels.ts';

test('the library is the same in every tab, and each can add to it', async ({ people, folder }) => {
	const [first, second] = [join(folder, 'First'), join(folder, 'Second')];
	await mkdir(first);
	await mkdir(second);
	await putFilms(first, { 'Harbour Lights.mp4': 'mp4-index-in-front' });
	await putFilms(second, { 'Garden.webm': 'webm' });
	const owner = await people.arrive();
	const leading = owner.page;
	await shareFolder(leading, first, 1);
	const following = await owner.openTab('/library');
	await expectOnline(following);
	await expect(following.getByRole('listitem')).toContainText(['Harbour Lights']);

	await dropOnPage(following, [second]);
	for (const tab of [following, leading])
		await expect(tab.getByRole('listitem')).toContainText(['Garden', 'Harbour Lights']);
	await expect(following.getByRole('listitem').first()).toContainText('Ready');

	const viewer = await people.arrive();
	await cardOf(viewer.page, 'Garden').click();
	await expectPlaying(viewer.page);

	await test.step('a film of the other tab plays here', async () => {
		await following.getByRole('link', { name: 'Play Harbour Lights here' }).click();
		await expectPlaying(following);
		const words = following.getByRole('status').filter({ hasText: 'From this device' });
		await expect(words).toBeAttached();
	});

	await test.step('removing in one tab removes in the others', async () => {
		await following.goBack();
		await following.getByRole('button', { name: 'More for Garden' }).click();
		await following.getByRole('menuitem', { name: 'Remove from library' }).click();
		for (const tab of [following, leading])
			await expect(tab.getByRole('listitem')).toContainText(['Harbour Lights']);
	});
});

test('the tab that leads closes and another one takes over', async ({ people, folder }) => {
	await putFilms(folder, { 'Long Way Home.mp4': 'mp4-long' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	const following = await owner.openTab('/library');
	await expectOnline(following);
	const viewer = await people.arrive();
	await cardOf(viewer.page, 'Long Way Home').click();
	await expectPlaying(viewer.page);
	for (const tab of [owner.page, following])
		await expect(networkPill(tab)).toContainText('1 watching');

	await owner.page.close();
	await seekTo(viewer.page, 80);
	await expectPlaying(viewer.page);
	expect(await positionOf(viewer.page)).toBeGreaterThanOrEqual(80);
	await expect(networkPill(following)).toContainText('Online · 1 watching');
	await expect(following.getByRole('listitem')).toContainText(['Long Way Home']);
	await expect(following.getByText('This folder needs one click')).toBeHidden();

	const visitor = await people.arrive();
	await cardOf(visitor.page, 'Long Way Home').click();
	await expectPlaying(visitor.page);
});

test('films are watched in a tab that follows as in the one that leads', async ({
	people,
	folder,
}) => {
	await putFilms(folder, { 'Long Way Home.mp4': 'mp4-long' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	const viewer = await people.arrive();
	const following = await viewer.openTab();
	await expectOnline(following);
	await cardOf(following, 'Long Way Home').click();
	await expectPlaying(following);

	await viewer.page.close();
	await seekTo(following, 80);
	await expectPlaying(following);
	expect(await positionOf(following)).toBeGreaterThanOrEqual(80);
});
