// What news from the edge does to the entries that are shown. Pure: what is certain is applied, and the rest
// is left to be asked for.
import type { CatalogEntry } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';

export interface CatalogChange {
	readonly catalogId: string;
	/** Peers that can serve it now. */
	readonly availablePeers: number;
	readonly removed: boolean;
}

export interface AppliedChanges {
	readonly entries: readonly CatalogEntry[];
	readonly removedCount: number;
	/** Something has come that only the edge can tell about. */
	readonly isIncomplete: boolean;
}

/** Entries that were removed go; those nobody can serve stay where they are and say so. */
export function applyCatalogChanges(
	entries: readonly CatalogEntry[],
	changes: readonly CatalogChange[],
): AppliedChanges {
	const byId = new Map(changes.map((change) => [change.catalogId, change]));
	const kept = entries.filter((entry) => byId.get(entry.catalogId)?.removed !== true);
	const knownCount = entries.filter((entry) => byId.has(entry.catalogId)).length;
	return {
		entries: kept.map((entry) =>
			byId.get(entry.catalogId)?.availablePeers === 0 ? away(entry) : entry,
		),
		removedCount: entries.length - kept.length,
		isIncomplete:
			changes.length === 0 ||
			knownCount < changes.length ||
			changes.some((change) => !change.removed && change.availablePeers > 0),
	};
}

/** Pages overlap when something was added between them. */
export function withoutRepeats(entries: readonly CatalogEntry[]): CatalogEntry[] {
	return [...new Map(entries.map((entry) => [entry.catalogId, entry])).values()];
}

function away(entry: CatalogEntry): CatalogEntry {
	return { ...entry, owners: entry.owners.map((owner) => ({ ...owner, isOnline: false })) };
}
