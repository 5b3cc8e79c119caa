// What a swarm brings: one owner and five viewers who serve each other, beside five who take all of it from the owner;
// and one film from member to member, beside stock webtorrent with its default store. Loopback interface; the owner's
// line is as narrow as a home's, because that is what a swarm is for. Arguments: `two`, `five`; none: both.
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { entryAt } from '../support/catalog-entry.ts';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { startHousehold } from '../support/household.ts';
import { putFilms } from '../support/media.ts';
import { printComparison } from './measure.ts';
import { compareWithWebTorrent } from './swarm-of-two.ts';
import { clickToFirstFrame } from './watching.ts';

const viewerCount = 5;
const ownerKbps = 20_000;

interface Evening {
	readonly elapsedMs: number;
	/** How often the owner sent the film. */
	readonly copies: number;
}

/** By the name to ask for one with; `folder` is for its films. */
const parts: Readonly<Record<string, (browser: Browser, folder: string) => Promise<void>>> = {
	two: compareWithWebTorrent,
	five: compareWithDirectStreams,
};

async function benchSwarm(wanted: readonly string[]): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'bench-swarm-'));
	const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
	try {
		for (const name of wanted) {
			const compare = parts[name];
			if (!compare) throw new Error(`no part is called ${name}`);
			await compare(browser, folder);
		}
	} finally {
		await browser.close();
		rmSync(folder, { recursive: true });
	}
}

async function compareWithDirectStreams(browser: Browser, folder: string): Promise<void> {
	const together = await watchTogether(browser, folder, true);
	const apart = await watchTogether(browser, folder, false);
	const what = `five viewers of an owner who sends ${ownerKbps / 1000} Mbit/s`;
	printComparison({
		what: `${what}, until all have the film, beside direct streams alone`,
		...{ ours: together.elapsedMs / 1000, yardstick: apart.elapsedMs / 1000, unit: 's' },
		goal: { atMost: 1 },
	});
	printComparison({
		what: `${what}, sent by the owner`,
		...{ ours: together.copies, yardstick: apart.copies, unit: 'copies' },
		goal: { atMost: 0.5 },
	});
}

/** `serves`: whether viewers give on what they have. */
async function watchTogether(browser: Browser, folder: string, serves: boolean): Promise<Evening> {
	const household = await startHousehold();
	const contexts: BrowserContext[] = [];
	const arrive = async () => {
		const context = await browser.newContext({ baseURL: household.url });
		contexts.push(context);
		await context.addInitScript(countSentBytes);
		return context.newPage();
	};
	try {
		const owner = await arrive();
		const shared = join(folder, 'shared');
		await putFilms(shared, { 'Long Way Home.mp4': 'mp4-long' });
		await owner.goto('/settings');
		const cap = owner.getByLabel('Most to send');
		await cap.fill(String(ownerKbps));
		await cap.press('Enter');
		await owner.goto('/');
		await owner.getByText('Online').first().waitFor();
		await dropOnPage(owner, [shared]);
		const viewers: Page[] = [];
		for (let count = 0; count < viewerCount; count += 1) viewers.push(await arrive());
		for (const viewer of viewers) await prepare(viewer, serves);
		await untilHashed(household.url, viewers[0]);
		const before = await owner.evaluate(sentBytes);
		const startedAtMs = performance.now();
		const sizes = await Promise.all(viewers.map(watchWhole));
		const elapsedMs = performance.now() - startedAtMs;
		const sent = (await owner.evaluate(sentBytes)) - before;
		return { elapsedMs, copies: sent / (sizes[0] ?? NaN) };
	} finally {
		for (const context of contexts) await context.close();
		await household.dispose();
	}
}

async function prepare(viewer: Page, serves: boolean): Promise<void> {
	if (!serves) {
		await viewer.goto('/settings');
		await viewer.getByRole('switch', { name: 'Serve what I have watched' }).click();
	}
	await viewer.goto('/');
	await viewer.getByText('Long Way Home').first().waitFor();
	await viewer.getByText('Online').first().waitFor();
	await viewer.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** A swarm needs the film's torrent in the catalog. */
async function untilHashed(origin: string, viewer: Page | undefined): Promise<void> {
	const link = viewer?.locator('a[href*="/watch/"]', { hasText: 'Long Way Home' }).first();
	const href = (await link?.getAttribute('href')) ?? '';
	const filmLink = new URL(href, origin);
	while ((await entryAt(filmLink)).infoHash === '') await sleep(200);
}

/** From the click to the last byte, as the player reads it; resolves with how many there are. */
async function watchWhole(viewer: Page): Promise<number> {
	await clickToFirstFrame(viewer, 'Long Way Home', 'cold');
	return viewer.evaluate(async () => {
		const response = await fetch(document.querySelector('video')?.currentSrc ?? '');
		return (await response.arrayBuffer()).byteLength;
	});
}

/** Runs in the page before anything of it: counts what leaves it, by whatever way. */
function countSentBytes(): void {
	const counted = globalThis as unknown as { sentBytes: number };
	counted.sentBytes = 0;
	const { send } = RTCDataChannel.prototype;
	RTCDataChannel.prototype.send = function (
		message: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
	) {
		if (typeof message !== 'string' && 'byteLength' in message) {
			counted.sentBytes += message.byteLength;
		}
		Reflect.apply(send, this, [message]);
	};
}

const sentBytes = (): number => (globalThis as unknown as { sentBytes: number }).sentBytes;

if (import.meta.main) {
	const wanted = process.argv.slice(2);
	await benchSwarm(wanted.length > 0 ? wanted : Object.keys(parts));
	process.exit(0);
}
