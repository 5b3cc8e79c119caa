// What one plain RTCDataChannel moves between two transfer pages (tests/support/web/transfer-page/raw-channel.ts): the
// yardstick of whatever is spoken over one.
import type { Page } from '@playwright/test';
import type { Throughput, TransferPage } from '../support/web/transfer-page/calls.ts';

/** In MB/s; over a connection of its own. */
export async function measureRaw(
	owner: Page,
	viewer: Page,
	messageBytes: number,
	totalBytes: number,
): Promise<number> {
	type Globals = { transferPage: TransferPage };
	const offer = await owner.evaluate(() =>
		(globalThis as unknown as Globals).transferPage.raw.offer(),
	);
	const answer = await viewer.evaluate(
		(sdp) => (globalThis as unknown as Globals).transferPage.raw.answer(sdp),
		offer,
	);
	await owner.evaluate(
		(sdp) => (globalThis as unknown as Globals).transferPage.raw.accept(sdp),
		answer,
	);
	const receiving = viewer.evaluate(
		(bytes) => (globalThis as unknown as Globals).transferPage.raw.receive(bytes),
		totalBytes,
	);
	await owner.evaluate(
		([bytes, size]) => (globalThis as unknown as Globals).transferPage.raw.send(bytes, size),
		[totalBytes, messageBytes] as const,
	);
	const result = await receiving;
	for (const page of [owner, viewer]) {
		await page.evaluate(() => (globalThis as unknown as Globals).transferPage.raw.close());
	}
	return megabytesPerSecond(result);
}

export function megabytesPerSecond({ bytes, elapsedMs }: Throughput): number {
	return bytes / 1e6 / (elapsedMs / 1000);
}
