// The operator's page in front of the whole product: who may open it, what it shows of real peers, and a command
// that a real tab carries out while the operator looks.
import { expect, test as base, type Page } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shareFilm, withPeople, type People } from '../support/browser-people.ts';
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessibility.ts';
import { startHousehold, type Household } from '../support/household.ts';
import { putFilms } from '../support/media.ts';

const token = 'a token of some length';
const film = 'Long Way Home';

const test = base.extend<{ household: Household; people: People; folder: string }>({
	// Playwright reads the names of the fixtures it depends on from this pattern.
	// eslint-disable-next-line no-empty-pattern
	household: async ({}, use) => {
		const household = await startHousehold({ OPERATOR_TOKEN: token });
		await use(household);
		await household.dispose();
	},
	people: async ({ browser, household }, use) => {
		await withPeople(browser, household.url, use);
	},
	// eslint-disable-next-line no-empty-pattern
	folder: async ({}, use) => {
		const folder = await mkdtemp(join(tmpdir(), 'films-'));
		await use(folder);
		await rm(folder, { recursive: true, force: true });
	},
});

test('the page opens for the token alone, and forgets it', async ({ people }) => {
	test.setTimeout(120_000);
	const { page, openTab } = await people.arrive({}, '/operator');
	await enter(page, 'a guess of some length');
	await expect(page.getByRole('alert')).toHaveText(
		'This is not the operator token of this server.',
	);
	await expectAccessible(page);

	await enter(page, token);
	await expect(page.getByRole('table', { name: 'Edges' })).toContainText('Serving');
	await expect(page.locator('meta[name="robots"]')).toHaveAttribute('content', 'noindex');
	await page.reload();
	await expect(page.getByRole('table', { name: 'Edges' })).toBeVisible();
	const other = await openTab('/operator');
	await expect(other.getByLabel('Operator token')).toBeVisible();

	await page.getByRole('button', { name: 'Forget the token' }).click();
	await expect(page.getByLabel('Operator token')).toBeVisible();
	const guesses = async () => {
		await enter(page, 'a guess of some length');
		await expect(page.getByRole('alert')).toContainText('Wait a minute', { timeout: 500 });
	};
	await expect(guesses).toPass({ timeout: 45_000, intervals: [0] });
});

test('a server without a token says so', async ({ browser }) => {
	const household = await startHousehold();
	await withPeople(browser, household.url, async (people) => {
		const { page } = await people.arrive({}, '/operator');
		await enter(page, token);
		await expect(page.getByRole('alert')).toContainText('This server has no operator token');
	});
	await household.dispose();
});

test('peers, films and plots are shown in any look, and can be searched', async ({
	people,
	folder,
}) => {
	test.setTimeout(120_000);
	const { owner, operator } = await shareAndOpen(people, folder);
	const films = operator.getByRole('table', { name: 'Newest entries' });
	await expect(films).toContainText(film);
	await expect(films).toContainText('1 of 1');
	await expect(operator.getByRole('img', { name: /^Peers: \d+ now/ })).toBeVisible();
	await expect(operator.getByRole('table', { name: 'Events by topic' })).toContainText(
		'peer.catalog.updated',
	);
	await expect(operator.getByRole('table', { name: 'Programs' })).toContainText('MB');
	await expectAccessible(operator);
	await operator.setViewportSize({ width: 320, height: 640 });
	await expectNoSidewaysScroll(operator);
	await operator.setViewportSize({ width: 1280, height: 800 });

	const peers = operator.getByRole('table', { name: 'Peers' });
	await expect(peers.getByRole('row')).toHaveCount(3);
	await operator.getByLabel('Search by id or name').fill('no such peer');
	await expect(operator.getByText('No peer that is here matches.')).toBeVisible();
	await operator.getByLabel('Search by id or name').fill('');
	await expect(peers.getByRole('row')).toHaveCount(3);
	await operator.getByLabel('Search by title').fill('nothing like it');
	await expect(operator.getByText('No listed film matches.')).toBeVisible();

	await owner.close();
	await expect(peers.getByRole('row')).toHaveCount(2);
});

test('a command is carried out by the tab of an owner, and its result is shown', async ({
	people,
	folder,
}) => {
	test.setTimeout(120_000);
	const { operator, catalogId } = await shareAndOpen(people, folder);
	const commands = operator.getByRole('table', { name: 'Commands' });

	await test.step('pictures of a film', async () => {
		await openCommand(operator);
		await operator.getByLabel('Command', { exact: true }).selectOption('Take pictures');
		await operator.getByLabel('Catalog id').fill(catalogId);
		await operator.getByLabel('At these seconds').fill('1, 2');
		await operator.getByRole('button', { name: 'Go on' }).click();
		await expect(operator.getByRole('dialog')).toContainText('decodes the film');
		await expectAccessible(operator);
		await operator.getByRole('button', { name: 'Send the command' }).click();
		await expect(commands).toContainText('Done: 2 pictures', { timeout: 30_000 });
		await commands.getByRole('button', { name: 'Show' }).click();
		const picture = operator.getByRole('dialog').getByRole('img').first();
		await expect(picture).toBeVisible();
		const widthPx = () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth);
		await expect.poll(widthPx).toBeGreaterThan(0);
		await operator.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
	});

	await test.step('what the owner does not allow', async () => {
		await openCommand(operator);
		await operator.getByLabel('Command', { exact: true }).selectOption('Delete a film');
		await operator.getByLabel('Catalog id').fill(catalogId);
		await operator.getByRole('button', { name: 'Go on' }).click();
		await operator.getByRole('button', { name: 'Send the command' }).click();
		await expect(commands).toContainText('(permission-denied)');
	});
});

/** A film is shared by one person; another one opens the operator's page. */
async function shareAndOpen(people: People, folder: string) {
	await putFilms(folder, { [`${film}.mp4`]: 'mp4-long' });
	const { owner, link } = await shareFilm(people, folder, film);
	const catalogId = /\/watch\/([a-z2-7]{26})/.exec(link)?.[1] ?? '';
	const { page: operator } = await people.arrive({}, '/operator');
	await enter(operator, token);
	await expect(operator.getByRole('table', { name: 'Peers' })).toBeVisible();
	return { owner: owner.page, operator, catalogId };
}

async function enter(page: Page, text: string) {
	await page.getByLabel('Operator token').fill(text);
	await page.getByRole('button', { name: 'Open' }).click();
}

/** To the peer that offers something: the operator's own tab offers nothing. */
async function openCommand(page: Page) {
	const owner = page
		.getByRole('table', { name: 'Peers' })
		.getByRole('row')
		.filter({
			has: page.locator('td[data-label="Offers"]', { hasText: '1' }),
		});
	await owner.getByRole('button', { name: /^Command/ }).click();
}
