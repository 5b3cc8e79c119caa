// What the catalog says of one film, asked for as any program asks: Connect's JSON over HTTP.

/** Names in hexadecimal, empty before the film is hashed. */
export interface CatalogEntryNow {
	readonly mediaId: string;
	readonly infoHash: string;
	readonly ownerCount: number;
}

/** The entry a film's link leads to, as the origin of the link knows it now. */
export async function entryAt(link: string | URL): Promise<CatalogEntryNow> {
	const { origin, pathname } = new URL(link);
	const response = await fetch(`${origin}/giggityflix.v1.CatalogService/GetEntry`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ catalogId: pathname.split('/').at(-1) }),
	});
	const { entry } = (await response.json()) as {
		entry?: { mediaId?: string; torrent?: { infoHash: string }; owners?: unknown[] };
	};
	return {
		mediaId: hexOf(entry?.mediaId),
		infoHash: hexOf(entry?.torrent?.infoHash),
		ownerCount: entry?.owners?.length ?? 0,
	};
}

/** Bytes are base64 in Connect's JSON, and left out when there are none. */
const hexOf = (base64 = '') => Buffer.from(base64, 'base64').toString('hex');
