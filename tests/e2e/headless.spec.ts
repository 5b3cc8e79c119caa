// A film of the headless peer in a browser: found in the catalog, played and sought like one of another browser,
// and still there when the headless peer starts again.
import { expect } from '@playwright/test';
import { join } from 'node:path';
import { cardOf, expectOnline, test } from '../support/browser-people.ts';
import { startHeadlessProgram } from '../support/headless-program.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying, seekTo } from '../support/video-pixels.ts';

test('a film of the headless peer plays and seeks in a browser', async ({
	people,
	household,
	folder,
}) => {
	await putFilms(join(folder, 'films'), {
		'Long Way Home.mp4': 'mp4-long',
		'A Winter in Lofoten (2016).mkv': 'mkv',
	});
	const environment = {
		EDGE_GRPC_ADDRESS: household.grpcAddress,
		MEDIA_DIRS: join(folder, 'films'),
		DATA_DIR: join(folder, 'peer'),
		DISPLAY_NAME: 'Attic',
	};
	let headless = startHeadlessProgram(environment);
	try {
		const viewer = await people.arrive();
		await expectOnline(viewer.page);
		const card = cardOf(viewer.page, 'Long Way Home');
		await expect(card).toBeVisible();
		await expect(card.locator('img')).toBeVisible();
		await card.click();
		await expectPlaying(viewer.page);
		await seekTo(viewer.page, 90);
		await expectPlaying(viewer.page);
		expect(await headless.logged('viewers')).toMatchObject({ viewers: 1 });
		const address = viewer.page.url();

		await test.step('it says goodbye, and the film goes on when it is back', async () => {
			expect(await headless.stop()).toMatchObject({ exitCode: 0 });
			headless = startHeadlessProgram(environment);
			await headless.logged('online');
			await viewer.page.reload();
			await expectPlaying(viewer.page);
		});

		await test.step('a link to it opens in another browser', async () => {
			const friend = await people.arrive({}, new URL(address).pathname);
			await expectPlaying(friend.page);
		});

		await test.step('its Matroska film plays too', async () => {
			await viewer.page.goto('/');
			await cardOf(viewer.page, 'A Winter in Lofoten').click();
			await expectPlaying(viewer.page);
		});
	} finally {
		await headless.stop();
	}
});
