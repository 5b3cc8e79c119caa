// People in front of the product: each has a browser of their own, and may have several tabs of it. Every test
// gets a household and an empty folder on the disk. What no page may ever do is checked for all of them: ask
// another host, break its own content security policy, leave an error uncaught.
import {
	expect,
	test as base,
	type BrowserContext,
	type Browser,
	type Page,
} from '@playwright/test';
import type { BrowserContextOptions } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropOnPage } from './drop-folder.ts';
import { startHousehold, type Household } from './household.ts';

/** One person's browser. */
export interface Person {
	readonly context: BrowserContext;
	/** The first tab, at the product's first page. */
	readonly page: Page;
	/** Opens another tab. */
	openTab(path?: string): Promise<Page>;
	/** Origins the person has let the page ask, besides the product's own. */
	readonly mayAsk: Set<string>;
	/** Forbidden things that have happened in any of the tabs. */
	readonly misdeeds: readonly string[];
}

export interface People {
	/** `options` are those of the browser: colours, size, what it supports. */
	arrive(options?: BrowserContextOptions, path?: string): Promise<Person>;
}

export const test = base.extend<{ household: Household; people: People; folder: string }>({
	// Playwright reads the names of the fixtures it depends on from this pattern.
	// eslint-disable-next-line no-empty-pattern
	household: async ({}, use) => {
		const household = await startHousehold();
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

/** Sends everybody home afterwards and fails when somebody's page has misbehaved. */
export async function withPeople(
	browser: Browser,
	origin: string,
	use: (people: People) => Promise<void>,
): Promise<void> {
	const everybody: Person[] = [];
	await use({
		arrive: async (options, path = '/') => {
			const context = await browser.newContext({ ...options, baseURL: origin });
			const misdeeds: string[] = [];
			const mayAsk = new Set([origin]);
			await watchFor(misdeeds, context, mayAsk);
			const openTab = async (tabPath = '/') => {
				const page = await context.newPage();
				await page.goto(tabPath);
				return page;
			};
			const person = { context, page: await openTab(path), openTab, mayAsk, misdeeds };
			everybody.push(person);
			return person;
		},
	});
	for (const { context } of everybody) await context.close();
	expect(everybody.flatMap(({ misdeeds }) => misdeeds)).toEqual([]);
}

async function watchFor(misdeeds: string[], context: BrowserContext, mayAsk: ReadonlySet<string>) {
	context.on('weberror', (error) => misdeeds.push(`uncaught: ${String(error.error())}`));
	context.on('console', (message) => {
		if (message.text().includes('Content Security Policy')) misdeeds.push(message.text());
	});
	context.on('request', (request) => {
		const url = new URL(request.url());
		const isLocal = url.protocol === 'blob:' || url.protocol === 'data:';
		if (!isLocal && !mayAsk.has(url.origin)) misdeeds.push(`asked ${request.url()}`);
	});
}

/** Drops a folder as a person does and waits until the library shows `filmCount` films that others can open. */
export async function shareFolder(page: Page, folder: string, filmCount: number): Promise<void> {
	await expectOnline(page);
	await dropOnPage(page, [folder]);
	await page.waitForURL('**/library');
	await expect(linkButtons(page)).toHaveCount(filmCount);
	for (const button of await linkButtons(page).all()) await expect(button).toBeEnabled();
}

const linkButtons = (page: Page) => page.getByRole('button', { name: /^Copy link to / });

/** The link of a film, as the library copies it. The page needs the permission to read the clipboard. */
export async function copyLink(page: Page, title: string): Promise<string> {
	await page.evaluate(() => navigator.clipboard.writeText(''));
	await page.getByRole('button', { name: `Copy link to ${title}`, exact: true }).click();
	const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
	await expect.poll(clipboard).toContain('/watch/');
	return clipboard();
}

/** Somebody who shares a folder with one film, and the film's link. */
export async function shareFilm(
	people: People,
	folder: string,
	title: string,
): Promise<{ owner: Person; link: string }> {
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 1);
	return { owner, link: await copyLink(owner.page, title) };
}

/** What lets a page read its own clipboard. */
export const clipboardPermissions = {
	permissions: ['clipboard-read', 'clipboard-write'],
} satisfies BrowserContextOptions;

/** The pill in the header says so. */
export async function expectOnline(page: Page): Promise<void> {
	await expect(networkPill(page)).toContainText('Online', { timeout: 20_000 });
}

export const networkPill = (page: Page) => page.locator('header .pill');

/** A card of the catalog. */
export const cardOf = (page: Page, title: string) =>
	page.getByRole('main').getByRole('link').filter({ hasText: title });
