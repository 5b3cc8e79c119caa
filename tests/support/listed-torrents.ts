// What the catalog lists, asked for as any program asks: Connect's JSON over HTTP.
import { expect } from '@playwright/test';

/** The torrent of the first entry that a query finds, as soon as there is one. */
export async function torrentOf(
	origin: string,
	query: string,
): Promise<{ infoHash: string; name: string }> {
	const torrentNow = async () => (await entriesOf(origin, query))[0]?.torrent;
	await expect.poll(torrentNow, { timeout: 60_000 }).toBeDefined();
	const torrent = await torrentNow();
	if (!torrent) throw new Error('the torrent has gone');
	return {
		infoHash: Buffer.from(torrent.infoHash, 'base64').toString('hex'),
		name: torrent.name,
	};
}

export async function isListed(origin: string, query: string): Promise<boolean> {
	return (await entriesOf(origin, query)).length > 0;
}

async function entriesOf(origin: string, query: string) {
	const response = await fetch(`${origin}/giggityflix.v1.CatalogService/Search`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ query }),
	});
	const { entries = [] } = (await response.json()) as {
		entries?: { torrent?: { infoHash: string; name: string } }[];
	};
	return entries;
}
