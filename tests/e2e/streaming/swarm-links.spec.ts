// A swarm over links of our own, between two real browsers: no tracker, the metadata from the owner, every piece read
// where the film lies and verified where it is watched.
import { expect, test, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '../../support/sha256.ts';
import { openTransferPage, serveTransferPage } from '../../support/transfer-page.ts';
import type { TransferPage } from '../../support/web/transfer-page/calls.ts';

type Globals = { transferPage: TransferPage };

test('a film comes whole over a link of our own, and a changed file is not seeded', async ({
	browser,
}) => {
	test.setTimeout(90_000);
	const folder = await mkdtemp(join(tmpdir(), 'swarm-'));
	const server = await serveTransferPage();
	try {
		// More than is kept in memory, so that the late one makes the owner read again.
		const film = randomBytes(24 * 1024 * 1024 + 17);
		const path = join(folder, 'Film.mp4');
		await writeFile(path, film);
		const peers = new Map<string, Page>();
		const [owner, viewer, latecomer] = [
			await (await browser.newContext()).newPage(),
			await (await browser.newContext()).newPage(),
			await (await browser.newContext()).newPage(),
		];
		const ownerId = await openTransferPage(owner, server.url, peers);
		await openTransferPage(viewer, server.url, peers);
		await openTransferPage(latecomer, server.url, peers);
		await owner.setInputFiles('input', path);
		const infoHash = await owner.evaluate(() =>
			(globalThis as unknown as Globals).transferPage.swarm.seed(),
		);
		const got = await fetchFrom(viewer, infoHash, ownerId);
		expect(got.sha256).toBe(sha256Of(film));

		await writeFile(path, randomBytes(film.length + 1));
		void fetchFrom(latecomer, infoHash, ownerId).catch(() => undefined);
		const reason = await owner.evaluate(() =>
			(globalThis as unknown as Globals).transferPage.swarm.seedingEnded(),
		);
		expect(reason).toBe('corrupt');
	} finally {
		await server.close();
		await rm(folder, { recursive: true });
	}
});

const fetchFrom = (page: Page, infoHash: string, memberId: string) =>
	page.evaluate(
		([wanted, member]) =>
			(globalThis as unknown as Globals).transferPage.swarm.fetch(wanted, member),
		[infoHash, memberId] as const,
	);
