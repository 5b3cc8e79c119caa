// How one tracker's writes are put into words for the others: JSON, with what is binary packed as in the store. Every
// tracker of a cluster speaks the same version of it. Pure.
import type { PeerId } from '../../proto/ids.ts';
import { unpackPage } from './redis-pages.ts';
import type { CatalogChange, StoreNews } from './tracker-store.ts';

/** News that are told; the others each tracker finds out by itself. A change comes with the page that was stored of it. */
export type ToldNews =
	| Exclude<StoreNews, { kind: 'missed' | 'emptied' | 'catalog' }>
	| { readonly kind: 'catalog'; readonly change: CatalogChange; readonly page: Buffer };

type WrittenCatalog = Omit<CatalogChange, 'upserted' | 'removed'>;

type Written =
	| Exclude<ToldNews, { kind: 'key-bound' | 'catalog' }>
	| { readonly kind: 'key-bound'; readonly peerId: PeerId; readonly publicKey: string }
	| { readonly kind: 'catalog'; readonly change: WrittenCatalog; readonly page: string };

/** Each begins with its author, so that nobody reads on in what is his own. Scripts write theirs the same way. */
const authorOf = (trackerId: string) => `${trackerId} `;

export function writeNews(trackerId: string, news: ToldNews): string {
	return authorOf(trackerId) + JSON.stringify(write(news));
}

/** Undefined for news of this tracker's own. */
export function readNews(trackerId: string, text: string): StoreNews | undefined {
	if (text.startsWith(authorOf(trackerId))) return undefined;
	return read(JSON.parse(text.slice(text.indexOf(' '))) as Written);
}

function write(news: ToldNews): Written {
	if (news.kind === 'key-bound') {
		return { ...news, publicKey: Buffer.from(news.publicKey).toString('base64') };
	}
	if (news.kind !== 'catalog') return news;
	const { peerId, before, progress, aliases } = news.change;
	const page = news.page.toString('base64');
	return { kind: 'catalog', change: { peerId, before, progress, aliases }, page };
}

function read(written: Written): StoreNews {
	if (written.kind === 'key-bound') {
		const publicKey = new Uint8Array(Buffer.from(written.publicKey, 'base64'));
		return { ...written, publicKey };
	}
	if (written.kind !== 'catalog') return written;
	const { change, page } = written;
	const nothing = { upserted: [], removed: [] };
	const offers = page === '' ? nothing : unpackPage(change.peerId, Buffer.from(page, 'base64'));
	return { kind: 'catalog', change: { ...change, ...offers } };
}
