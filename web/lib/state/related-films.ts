// What could be watched after a film: the rest of its folder first, then whatever else its owner shares.
// The catalog is asked twice, because it knows no folders. Knows nothing of the player.
import type { Client } from '@connectrpc/connect';
import {
	SearchOrder,
	type CatalogEntry,
	type CatalogService,
} from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { bestOwner } from './entry-view.ts';

export interface RelatedFilms {
	/** Of the same folder, in the order they are watched in, beginning after the film. */
	readonly sameFolder: readonly CatalogEntry[];
	readonly sameOwner: readonly CatalogEntry[];
}

const maxShown = 12;
const byTitle = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Throws what the catalog throws. */
export async function findRelatedFilms(
	catalog: Client<typeof CatalogService>,
	entry: CatalogEntry,
	signal: AbortSignal,
): Promise<RelatedFilms> {
	const ask = (query: string, order: SearchOrder) =>
		catalog.search({ query, order, pageSize: 200, onlyAvailable: true }, { signal });
	// Episodes share the first word of their title; films of a folder were announced together.
	const firstWord = /[\p{L}\p{N}]+/u.exec(entry.title)?.[0] ?? '';
	const answers = await Promise.all([
		ask(firstWord.slice(0, 200), SearchOrder.TITLE),
		ask('', SearchOrder.NEWEST),
	]);
	return pickRelated(
		entry,
		answers.flatMap((answer) => answer.entries),
	);
}

/** Sorts what was found; exported for tests. */
export function pickRelated(entry: CatalogEntry, found: readonly CatalogEntry[]): RelatedFilms {
	const ownerId = bestOwner(entry)?.peerId;
	const others = [...new Map(found.map((other) => [other.catalogId, other])).values()].filter(
		(other) =>
			other.catalogId !== entry.catalogId && other.owners.some((owner) => owner.peerId === ownerId),
	);
	const inFolder = others.filter((other) => other.folder === entry.folder).sort(inWatchingOrder);
	const next = inFolder.findIndex((other) => inWatchingOrder(entry, other) < 0);
	const rotated = next <= 0 ? inFolder : [...inFolder.slice(next), ...inFolder.slice(0, next)];
	return {
		sameFolder: rotated.slice(0, maxShown),
		sameOwner: others.filter((other) => other.folder !== entry.folder).slice(0, maxShown),
	};
}

function inWatchingOrder(one: CatalogEntry, other: CatalogEntry): number {
	return (
		byTitle.compare(one.title, other.title) ||
		(one.season ?? 0) - (other.season ?? 0) ||
		(one.episode ?? 0) - (other.episode ?? 0)
	);
}
