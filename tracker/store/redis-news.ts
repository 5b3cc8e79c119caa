// How trackers' writes are put into words for the others: who wrote, then for each write a line of JSON, and after the line
// of an announcement the page that was stored of it. Every tracker of a cluster speaks the same version of it. Pure.
import type { PeerId } from '../../proto/ids.ts';
import { unpackPage } from './redis-pages.ts';
import type { CatalogChange, StoreNews } from './tracker-store.ts';

/** News that are told in one line; the others each tracker finds out by itself. */
export type ToldNews = Exclude<StoreNews, { kind: 'missed' | 'emptied' | 'catalog' }>;

type Written =
	| Exclude<ToldNews, { kind: 'key-bound' }>
	| { readonly kind: 'key-bound'; readonly peerId: PeerId; readonly publicKey: string }
	| {
			readonly kind: 'catalog';
			readonly change: Omit<CatalogChange, 'upserted' | 'removed'>;
			/** Of the page that follows the line. */
			readonly pageBytes: number;
	  };

const lineEnd = '\n';

/** Begins what one tracker tells, so that nobody reads on in what is his own. Scripts write theirs the same way. */
export const authorOf = (trackerId: string) => `${trackerId} `;

export function writeNews(trackerId: string, news: ToldNews): string {
	return authorOf(trackerId) + writeLine(news.kind === 'key-bound' ? withoutBytes(news) : news);
}

/** The line of an announcement: its page is to follow, and the author comes before the first of several. */
export function writeCatalogLine(change: CatalogChange, pageBytes: number): string {
	const { peerId, before, progress, aliases } = change;
	return writeLine({ kind: 'catalog', change: { peerId, before, progress, aliases }, pageBytes });
}

function writeLine(written: Written): string {
	return JSON.stringify(written) + lineEnd;
}

function withoutBytes(news: Extract<ToldNews, { kind: 'key-bound' }>): Written {
	return { ...news, publicKey: Buffer.from(news.publicKey).toString('base64') };
}

/** In the order the store did it. Nothing of what this tracker has told itself. */
export function readNews(trackerId: string, message: Buffer): StoreNews[] {
	const author = authorOf(trackerId);
	if (message.toString('latin1', 0, author.length) === author) return [];
	const news: StoreNews[] = [];
	for (let at = message.indexOf(' ') + 1; at < message.length;) {
		const lineEndAt = message.indexOf(lineEnd, at);
		const end = lineEndAt === -1 ? message.length : lineEndAt;
		const written = JSON.parse(message.toString('utf8', at, end)) as Written;
		const pageBytes = written.kind === 'catalog' ? written.pageBytes : 0;
		at = end + lineEnd.length + pageBytes;
		news.push(read(written, message.subarray(at - pageBytes, at)));
	}
	return news;
}

function read(written: Written, page: Buffer): StoreNews {
	if (written.kind === 'key-bound') {
		const publicKey = new Uint8Array(Buffer.from(written.publicKey, 'base64'));
		return { ...written, publicKey };
	}
	if (written.kind !== 'catalog') return written;
	const { change } = written;
	const nothing = { upserted: [], removed: [] };
	const offers = page.length === 0 ? nothing : unpackPage(change.peerId, page);
	return { kind: 'catalog', change: { ...change, ...offers } };
}
