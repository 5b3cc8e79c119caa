// How many peers can serve each entry now, and what of that has not been told yet. A change is what is true
// compared with what was said last, so whatever order events come in, and however often, the last thing
// said is right. Knows no bus and no lease.
import { Visibility } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, PeerId } from '../proto/ids.ts';
import { primaryOffer, type Catalog, type Entry } from './catalog.ts';

export interface AvailabilityChange {
	readonly catalogId: CatalogId;
	/** The entry as it is; undefined when it is gone. */
	readonly entry: Entry | undefined;
	/** Peers that can serve it now. */
	readonly availablePeers: number;
	/**
	 * Who may hear of the change: everyone when the entry is, or until now was, public. Whoever lists the
	 * catalog must be told when an entry leaves it.
	 */
	readonly visibility: Visibility;
	/** Nobody could serve it before, and now somebody can: under this id, or under the one it was merged into. */
	readonly isNowAvailable: boolean;
	/** The entry this id was merged into; then there is none under the id itself. */
	readonly mergedInto: Entry | undefined;
}

export interface Availability {
	/**
	 * The changes of these entries, and of those put back, since they were last taken. Whoever takes them tells
	 * them, or puts back what could not be told.
	 */
	take(catalogIds: Iterable<CatalogId>): AvailabilityChange[];
	putBack(change: AvailabilityChange): void;
	/**
	 * From now on these count as gone, so that it can be told before it is so. The caller ends that by calling what is
	 * returned: an entry that is there then has not gone, which is a change.
	 */
	expectGone(catalogIds: readonly CatalogId[]): () => void;
	/**
	 * Somebody who serves these has left, perhaps before this tracker began: where nothing was told since, what is true is a
	 * change.
	 */
	maybeServedBefore(catalogIds: Iterable<CatalogId>): void;
	/** Peers that can serve an entry, as last taken. */
	count(catalogId: CatalogId): number;
	/** Entries somebody can serve, as last taken. */
	availableEntryCount(): number;
}

/** What was said of an entry last. */
interface Told {
	readonly availablePeers: number;
	readonly revision: number;
	readonly visibility: Visibility;
	/** An earlier tracker said something of the entry, and nobody knows what. */
	readonly isAssumed?: true;
}

/** Of no state of an entry. */
const noRevision = -1;

/** Entries the catalog already has count as told, with nobody to serve them. */
export function createAvailability(
	catalog: Catalog,
	isOnline: (peerId: PeerId) => boolean,
): Availability {
	const told = new Map<CatalogId, Told>();
	/** Weak, because most changes are told and forgotten. */
	const before = new WeakMap<AvailabilityChange, Told>();
	const untold = new Set<CatalogId>();
	/** Entries that count as gone. */
	const going = new Set<CatalogId>();
	let availableEntries = 0;

	function say(catalogId: CatalogId, next: Told | undefined): void {
		const wasAvailable = (told.get(catalogId)?.availablePeers ?? 0) > 0;
		availableEntries += Number((next?.availablePeers ?? 0) > 0) - Number(wasAvailable);
		if (next) told.set(catalogId, next);
		else told.delete(catalogId);
	}

	/** Its state, whatever it is, is a change. */
	function sayAgain(catalogId: CatalogId): void {
		const last = told.get(catalogId);
		if (last) told.set(catalogId, { ...last, revision: noRevision });
		untold.add(catalogId);
	}

	for (const entry of catalog.entries()) {
		say(entry.catalogId, { ...stateOf(entry, () => false), isAssumed: true });
	}

	return {
		take: (catalogIds) => {
			const changes: AvailabilityChange[] = [];
			for (const catalogId of new Set([...catalogIds, ...untold])) {
				untold.delete(catalogId);
				const last = told.get(catalogId);
				const entry = going.has(catalogId) ? undefined : catalog.entry(catalogId);
				const found = findChange(catalogId, entry, last, isOnline);
				if (!found) continue;
				say(catalogId, found.next);
				if (last) before.set(found.change, last);
				changes.push(found.change);
			}
			return changes;
		},
		putBack: (change) => {
			untold.add(change.catalogId);
			say(change.catalogId, before.get(change));
		},
		expectGone: (catalogIds) => {
			for (const catalogId of catalogIds) going.add(catalogId);
			return () => {
				for (const catalogId of catalogIds) {
					going.delete(catalogId);
					if (catalog.entry(catalogId)?.catalogId === catalogId) sayAgain(catalogId);
				}
			};
		},
		maybeServedBefore: (catalogIds) => {
			for (const catalogId of catalogIds) {
				if (told.get(catalogId)?.isAssumed) sayAgain(catalogId);
			}
		},
		count: (catalogId) => told.get(catalogId)?.availablePeers ?? 0,
		availableEntryCount: () => availableEntries,
	};
}

/** Who may find an entry: everyone as soon as one owner shares it with everyone. */
export function visibilityOf(entry: Entry): Visibility {
	return primaryOffer(entry).offer.visibility;
}

function stateOf(entry: Entry, isOnline: (peerId: PeerId) => boolean): Told {
	const owners = new Set(entry.offers.map(({ peerId }) => peerId));
	return {
		availablePeers: [...owners].filter(isOnline).length,
		revision: entry.revision,
		visibility: visibilityOf(entry),
	};
}

function isSame(one: Told | undefined, other: Told | undefined): boolean {
	return one?.availablePeers === other?.availablePeers && one?.revision === other?.revision;
}

/** `entry` is what the id leads to. Undefined when it is as it was told. */
function findChange(
	catalogId: CatalogId,
	entry: Entry | undefined,
	last: Told | undefined,
	isOnline: (peerId: PeerId) => boolean,
): { readonly change: AvailabilityChange; readonly next: Told | undefined } | undefined {
	// Under an alias there is nothing any more; the entry it leads to speaks for itself.
	const present = entry?.catalogId === catalogId ? entry : undefined;
	const next = present && stateOf(present, isOnline);
	if (isSame(last, next)) return undefined;
	const mergedInto = present ? undefined : entry;
	const isServed = mergedInto && stateOf(mergedInto, isOnline).availablePeers > 0;
	const change = {
		...describeChange(catalogId, present, last, next),
		mergedInto,
		...(isServed && last?.availablePeers === 0 && { isNowAvailable: true }),
	};
	return { change, next };
}

function describeChange(
	catalogId: CatalogId,
	entry: Entry | undefined,
	last: Told | undefined,
	next: Told | undefined,
): Omit<AvailabilityChange, 'mergedInto'> {
	const availablePeers = next?.availablePeers ?? 0;
	const isPublic = [last, next].some((told) => told?.visibility === Visibility.PUBLIC);
	return {
		catalogId,
		entry,
		availablePeers,
		visibility: isPublic ? Visibility.PUBLIC : Visibility.LINK_ONLY,
		isNowAvailable: availablePeers > 0 && (last?.availablePeers ?? 0) === 0,
	};
}
