// Everything that can keep a film from playing: each says what is the matter in words of its own and offers one
// thing to do about it, which works.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect, type Page } from '@playwright/test';
import { appendFileSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
	cardOf,
	expectOnline,
	networkPill,
	shareFilm,
	shareFolder,
	test,
	type People,
} from '../support/browser-people.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { putFilms } from '../support/media.ts';
import { withoutPicker } from '../support/save-picker.ts';
import { expectPlaying, seekTo } from '../support/video-pixels.ts';

test('the owner is away', async ({ people, folder }) => {
	const { owner, link } = await shareLongFilm(people, folder);
	await owner.context.close();
	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectNotice(viewer.page, /^.+ is away$/, /^Tell me when .+ is back$/);

	await test.step('the catalog knows the film, and whom it waits for', async () => {
		await viewer.page.goto('/');
		await expect(viewer.page.getByText('1 film waits for its owner')).toBeVisible();
		await viewer.page.getByRole('button', { name: 'Show it' }).click();
		await expect(cardOf(viewer.page, 'Long Way Home')).toBeVisible();
	});
});

test('the file changes on the disk of the owner', async ({ people, folder }) => {
	const { owner, link } = await shareLongFilm(people, folder);
	const viewer = await people.arrive();

	// Until the words are there: after a single change the owner may have looked again before the viewer asks. And
	// from the start: a fast machine has the whole film before a later change could matter.
	const path = join(folder, 'Long Way Home.mp4');
	const writing = setInterval(() => appendFileSync(path, freeBox), 5);
	try {
		await viewer.page.goto(link);
		await expectNotice(viewer.page, 'The file has changed', 'Load the new version');
	} finally {
		clearInterval(writing);
	}
	await lookForChanges(owner.page);
	// The player goes on by itself when the catalog tells of the new version before the click.
	const action = viewer.page.getByRole('button', { name: 'Load the new version' });
	await action.click({ timeout: 2000 }).catch(() => undefined);
	await expectPlaying(viewer.page);
});

test('the file is deleted on the disk of the owner', async ({ people, folder }) => {
	const { owner, link } = await shareLongFilm(people, folder);
	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectPlaying(viewer.page);

	await rm(join(folder, 'Long Way Home.mp4'));
	await seekTo(viewer.page, 80);
	await expectNotice(viewer.page, 'The film is not there any more', 'Go to the catalog');
	await chosenAction(viewer.page).click();
	await expect(viewer.page).toHaveURL(/\/$/);

	await test.step('the library of the owner says so too', async () => {
		await lookForChanges(owner.page);
		await expect(owner.page.getByRole('listitem')).toContainText('Missing since');
		await rm(folder, { recursive: true });
		await lookForChanges(owner.page);
		await expect(owner.page.getByText('Could not be read: it has gone')).toBeVisible();
		await expect(owner.page.getByRole('button', { name: 'Try again' })).toBeVisible();
	});
});

test('the browser of the owner takes the folder away', async ({ people, folder }) => {
	const { owner, link } = await shareLongFilm(people, folder);
	// Chromium forgets the permission with the last tab of an origin.
	const elsewhere = await owner.context.newPage();
	await owner.page.close();
	await elsewhere.waitForTimeout(1000);
	const returned = await owner.openTab('/library');
	await expectOnline(returned);
	await expect(returned.getByText('This folder needs one click')).toBeVisible();
	await expect(returned.getByRole('button', { name: 'Open again' })).toBeVisible();

	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectNotice(viewer.page, /^.+ has to open the folder again$/, 'Try again');
	// The click opens a dialog of the browser, which tests cannot answer; dropping the folder again does the same.
	await dropOnPage(returned, [folder]);
	await expect(returned.getByText('This folder needs one click')).toBeHidden();
	// The film may go on by itself before anybody clicks.
	await viewer.page
		.getByRole('button', { name: 'Try again' })
		.click({ timeout: 5_000 })
		.catch(() => undefined);
	await expectPlaying(viewer.page);
});

test('no browser plays the format: the file can be saved', async ({ people, folder }) => {
	await putFilms(folder, { 'Old Tape.avi': 'avi' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	await expect(owner.page.getByRole('listitem')).toContainText('Cannot play in browsers');
	const viewer = await people.arrive();
	await withoutPicker(viewer.page);
	await viewer.page.reload();
	await cardOf(viewer.page, 'Old Tape').click();
	await expectNotice(viewer.page, 'This browser cannot play the film', 'Save the file');

	const downloading = viewer.page.waitForEvent('download');
	await chosenAction(viewer.page).click();
	const download = await downloading;
	expect(download.suggestedFilename()).toBe('Old Tape.avi');
	const saved = await readFile(await download.path());
	expect(saved.equals(await readFile(join(folder, 'Old Tape.avi')))).toBe(true);
});

test('the link is wrong', async ({ people, folder }) => {
	const { link } = await shareLongFilm(people, folder);
	const viewer = await people.arrive();
	const open = async (address: string) => {
		// Another hash alone would not load the page.
		await viewer.page.goto('about:blank');
		await viewer.page.goto(address);
	};

	await test.step('the key is somebody else’s', async () => {
		const key = Buffer.from(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
		await open(link.replace(/#k=.*/, `#k=${key.toString('base64url')}`));
		const title = 'This link does not belong to whoever answered';
		await expectNotice(viewer.page, title, 'Go to the catalog');
	});

	await test.step('nobody has ever shared such a film', async () => {
		await open(link.replace(/\/watch\/.*/, `/watch/${'a'.repeat(26)}`));
		await expectNotice(viewer.page, 'This link leads nowhere', 'Go to the catalog');
	});

	await test.step('its owner no longer has the film', async () => {
		await open(link.replace(/\/watch\/[a-z2-7]+/, `/watch/${'a'.repeat(26)}`));
		await expectNotice(viewer.page, 'The film is not there any more', 'Go to the catalog');
	});

	await test.step('it is cut off', async () => {
		await open(link.replace(/.{6}#.*/, ''));
		await expectNotice(viewer.page, 'This link leads nowhere', 'Go to the catalog');
	});

	await test.step('without its key it still plays', async () => {
		await open(link.replace(/#.*/, ''));
		await expectPlaying(viewer.page);
	});
});

test('the edge cannot be reached', async ({ people, household, folder }) => {
	const { link } = await shareLongFilm(people, folder);
	const viewer = await people.arrive();
	await expectOnline(viewer.page);
	await viewer.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await household.stop();
	await viewer.page.goto(link);
	await expectNotice(viewer.page, 'The server cannot be reached', 'Try again');
	await expect(networkPill(viewer.page)).toContainText(/Offline|Connecting/);

	await household.restart();
	await expectPlaying(viewer.page, 40_000);
});

test('no network lets the two browsers through', async ({ people, folder }) => {
	const { link } = await shareLongFilm(people, folder);
	const viewer = await people.arrive();
	// Relays only, and there are none: what a network that blocks everything comes to.
	await viewer.context.addInitScript(() => {
		const Native = RTCPeerConnection;
		window.RTCPeerConnection = class extends Native {
			constructor(configuration?: RTCConfiguration) {
				super({ ...configuration, iceTransportPolicy: 'relay' });
			}
		};
	});
	await viewer.page.goto(link);
	const title = /^No way through to .+$/;
	await expect(viewer.page.getByRole('heading', { name: title })).toBeVisible({ timeout: 30_000 });
	await expectNotice(viewer.page, title, 'Try again');
});

test('a link outlives a new name of the file', async ({ people, folder }) => {
	const { owner, link } = await shareLongFilm(people, folder);
	const [before, after] = [join(folder, 'Long Way Home.mp4'), join(folder, 'Renamed.mp4')];
	await rename(before, after);
	await lookForChanges(owner.page);
	await expect(owner.page.getByRole('listitem')).toContainText('Renamed');
	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectPlaying(viewer.page);
});

/** The smallest thing that may follow an MP4: a box that means nothing. */
const freeBox = Buffer.from('\0\0\0\x08free', 'latin1');

async function shareLongFilm(people: People, folder: string) {
	await putFilms(folder, { 'Long Way Home.mp4': 'mp4-long' });
	return shareFilm(people, folder, 'Long Way Home');
}

/**
 * The words over the picture, and the one thing to do. A film that is tried again by itself, because its owner has come
 * back meanwhile, shows the player in between.
 */
async function expectNotice(page: Page, title: string | RegExp, action: string | RegExp) {
	const player = page.locator('media-controller');
	const atOnce = { timeout: 1_000 };
	await expect(async () => {
		await expect(player.getByRole('heading', { name: title })).toBeVisible(atOnce);
		await expect(player.getByRole('button')).toHaveCount(1, atOnce);
		await expect(player.getByRole('button')).toHaveAccessibleName(action, atOnce);
	}).toPass({ timeout: 30_000 });
}

const chosenAction = (page: Page) => page.locator('media-controller').getByRole('button');

async function lookForChanges(page: Page) {
	await page.getByRole('button', { name: /^More for films-/ }).click();
	await page.getByRole('menuitem', { name: 'Look for changes' }).click();
}
