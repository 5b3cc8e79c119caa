// How one tracker's writes are put into words for the others: JSON, with what is binary packed as in the store. Every
// tracker of a cluster speaks the same version of it. Pure.
import type { OfferId, PeerId } from '../../proto/ids.ts';
import { packOffer, unpackOffer } from './redis-layout.ts';
import type { CatalogChange, StoreNews } from './tracker-store.ts';

/** News that are told; the others each tracker finds out by itself. */
export type ToldNews = Exclude<StoreNews, { kind: 'missed' | 'emptied' }>;

interface WrittenCatalog extends Omit<CatalogChange, 'upserted'> {
	readonly upserted: readonly (readonly [offerId: string, packed: string])[];
}

type Written =
	| Exclude<ToldNews, { kind: 'key-bound' | 'catalog' }>
	| { readonly kind: 'key-bound'; readonly peerId: PeerId; readonly publicKey: string }
	| { readonly kind: 'catalog'; readonly change: WrittenCatalog };

export function writeNews(from: string, news: ToldNews): string {
	return JSON.stringify({ from, ...write(news) });
}

/** Undefined for news of this tracker's own. */
export function readNews(trackerId: string, text: string): ToldNews | undefined {
	const { from, ...written } = JSON.parse(text) as Written & { from: string };
	return from === trackerId ? undefined : read(written);
}

function write(news: ToldNews): Written {
	if (news.kind === 'key-bound') {
		return { ...news, publicKey: Buffer.from(news.publicKey).toString('base64') };
	}
	if (news.kind !== 'catalog') return news;
	const upserted = news.change.upserted.map(
		(offer) => [offer.offerId, packOffer(offer).toString('base64')] as const,
	);
	return { kind: 'catalog', change: { ...news.change, upserted } };
}

function read(written: Written): ToldNews {
	if (written.kind === 'key-bound') {
		const publicKey = new Uint8Array(Buffer.from(written.publicKey, 'base64'));
		return { ...written, publicKey };
	}
	if (written.kind !== 'catalog') return written;
	const { change } = written;
	const upserted = change.upserted.map(([offerId, packed]) =>
		unpackOffer(change.peerId, offerId as OfferId, Buffer.from(packed, 'base64')),
	);
	return { kind: 'catalog', change: { ...change, upserted } };
}
