// Films of the headless peer, open to any WebTorrent client: a stock page and a stock program find it through our announce
// tracker and get the whole film, bit for bit. What is not for everyone cannot be had, what nobody wants costs nothing, and
// it ends in order while it seeds.
import { expect } from '@playwright/test';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cardOf, expectOnline, test as base } from '../support/browser-people.ts';
import { startHeadlessProgram, type HeadlessProgram } from '../support/headless-program.ts';
import { isListed, torrentOf } from '../support/listed-torrents.ts';
import { putFilms } from '../support/media.ts';
import { openSockets } from '../support/open-sockets.ts';
import { openStockPage, type StockPage } from '../support/stock-swarm.ts';
import { startStockWebTorrent } from '../support/stock-webtorrent.ts';
import { expectPlaying, seekTo } from '../support/video-pixels.ts';

const film = 'Harbour Lights.mp4';
/** The connection to the edge. */
const idle = { tcp: 1, udp: 0 };

interface Attic {
	readonly announceUrl: string;
	filmSum(): Promise<string>;
	/** Starts the peer and waits until the edge has admitted it. */
	start(visibility?: string): Promise<HeadlessProgram>;
}

const test = base.extend<{ stock: StockPage; attic: Attic }>({
	stock: async ({ browser, household }, use) => {
		const stock = await openStockPage(browser, household.url);
		await use(stock);
		await stock.close();
	},
	attic: async ({ household, folder }, use) => {
		const films = join(folder, 'films');
		await putFilms(films, { [film]: 'mp4-long' });
		const announceUrl = `${household.url.replace(/^http/, 'ws')}/announce`;
		const started: HeadlessProgram[] = [];
		await use({
			announceUrl,
			filmSum: () => sha256sum(join(films, film)),
			async start(visibility = 'everyone') {
				const headless = startHeadlessProgram({
					EDGE_GRPC_ADDRESS: household.grpcAddress,
					ANNOUNCE_TRACKER_URL: announceUrl,
					MEDIA_DIRS: films,
					DATA_DIR: join(folder, 'peer'),
					DISPLAY_NAME: 'Attic',
					VISIBILITY: visibility,
				});
				started.push(headless);
				await headless.logged('online');
				return headless;
			},
		});
		await Promise.all(started.map((headless) => headless.stop('SIGKILL')));
	},
});

test('strangers get a whole film from a headless peer that joined for it alone', async ({
	household,
	attic,
	stock,
}) => {
	test.setTimeout(120_000);
	const headless = await attic.start();
	const { infoHash, name } = await torrentOf(household.url, 'Harbour Lights');
	expect(name).toBe(film);
	expect(await openSockets(headless.process.pid ?? 0)).toEqual(idle);

	const sum = await attic.filmSum();
	expect(await stock.get(infoHash)).toBe(sum);
	expect((await openSockets(headless.process.pid ?? 0)).udp).toBeGreaterThan(0);

	await test.step('so does a program in Node', async () => {
		const program = startStockWebTorrent('get', attic.announceUrl, infoHash);
		expect((await program.result).sha256).toBe(sum);
		await program.end();
	});

	await test.step('it ends in order while it seeds', async () => {
		const { exitCode, elapsedMs } = await headless.stop();
		expect(exitCode).toBe(0);
		expect(elapsedMs).toBeLessThan(3_000);
		expect(headless.output()).not.toContain('did not end cleanly');
	});
});

for (const visibility of ['link-only', 'private']) {
	test(`a film that is ${visibility} is neither announced nor served`, async ({
		household,
		attic,
		stock,
	}) => {
		test.setTimeout(120_000);
		const before = await attic.start();
		const { infoHash } = await torrentOf(household.url, 'Harbour Lights');
		await before.stop();
		const headless = await attic.start(visibility);
		await expect.poll(() => isListed(household.url, 'Harbour Lights')).toBe(false);
		// Long enough for the owner to come, who took a second in the other test.
		const got = stock.get(infoHash).catch(() => 'nobody');
		expect(await Promise.race([got, silence(6_000)])).toBe('nobody');
		expect(await openSockets(headless.process.pid ?? 0)).toEqual(idle);
	});
}

test('who watches goes on when the last stranger has left', async ({
	people,
	household,
	attic,
	stock,
}) => {
	test.setTimeout(120_000);
	const headless = await attic.start();
	const { infoHash } = await torrentOf(household.url, 'Harbour Lights');
	const viewer = await people.arrive();
	await expectOnline(viewer.page);
	await cardOf(viewer.page, 'Harbour Lights').click();
	await expectPlaying(viewer.page);
	await stock.get(infoHash);
	await stock.page.goto('about:blank');
	await seekTo(viewer.page, 90);
	await expectPlaying(viewer.page);
	expect(headless.lines().filter(({ msg }) => msg === 'viewers')).toHaveLength(1);
});

async function sha256sum(path: string): Promise<string> {
	const { stdout } = await promisify(execFile)('sha256sum', [path]);
	return stdout.slice(0, 64);
}

async function silence(durationMs: number): Promise<string> {
	await new Promise((resolve) => setTimeout(resolve, durationMs));
	return 'nobody';
}
