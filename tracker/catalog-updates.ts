// What `peer.catalog.updated` does: planned (catalog-plan.ts), stored, then applied in memory, merged with what has the same
// content, then told. What goes is told before it is stored, for nobody would know of it after a crash. Updates of different
// peers that come together are merged and told together. Safe to repeat at any point where it may have stopped, and planned
// again when another tracker was faster. Does not know who is online.
import type { PeerCatalogUpdated } from '../proto/gen/giggityflix/v1/events_pb.js';
import { GiggityflixError } from '../proto/errors.ts';
import { parseCatalogId, parsePeerId, type CatalogId, type PeerId } from '../proto/ids.ts';
import type { Availability } from './availability.ts';
import type { Catalog } from './catalog.ts';
import { planUpdates, type Plan } from './catalog-plan.ts';
import type { ChangePublisher } from './change-publisher.ts';
import type { ContentMerger } from './content-merger.ts';
import { isAway } from './insist.ts';
import type { Peers } from './peers.ts';
import type { Clock, Logger } from './ports.ts';
import type { Replica } from './replica.ts';
import { inRounds } from './rounds.ts';
import type { CatalogChange, StoredOffer, TrackerStore } from './store/tracker-store.ts';

export interface CatalogUpdates {
	/**
	 * Takes updates of one peer, in order. Resolves when all are stored and their consequences are published; when it rejects
	 * some may be.
	 */
	apply(updates: readonly PeerCatalogUpdated[]): Promise<void>;
}

interface Deps {
	readonly store: Pick<TrackerStore, 'saveCatalog'>;
	readonly replica: Pick<Replica, 'refreshPeer'>;
	readonly peers: Peers;
	readonly catalog: Catalog;
	readonly merger: ContentMerger;
	readonly availability: Pick<Availability, 'expectGone'>;
	readonly publisher: Pick<ChangePublisher, 'publishChanges'>;
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
}

/** Updates of one peer, in order. */
type Row = readonly PeerCatalogUpdated[];

/** What outlives a round that failed. */
interface Memory {
	/** Entries that were taken out of memory and not told: a repetition does not find them again. */
	readonly untold: Set<CatalogId>;
	/** Entries that were told to go with what a peer says, while it is not known whether that is stored; how each ends. */
	readonly going: Map<PeerId, Map<CatalogId, () => void>>;
}

/** Trackers seldom handle one peer at once, and only while its events move from one to another. */
const maxAttempts = 5;
/** Peers of one round: enough to share its work, few enough for the next to be planned while the store has this one. */
const mostOfRound = 500;

export function createCatalogUpdates(deps: Deps): CatalogUpdates {
	const memory: Memory = { untold: new Set(), going: new Map() };
	const tryRow = inRounds(mostOfRound, (rows: readonly Row[]) => tryRows(deps, rows, memory));

	/** Stores the first of them, with those behind it that can go along; answers how many. */
	async function storeFirst(row: Row): Promise<number> {
		for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
			const stored = await tryRow(row);
			if (stored > 0) return stored;
			await deps.replica.refreshPeer(peerOf(row));
		}
		throw new GiggityflixError('unavailable', 'other trackers change the same peer');
	}

	return {
		apply: async (updates) => {
			for (let at = 0; at < updates.length;) at += await storeFirst(updates.slice(at));
		},
	};
}

function peerOf([first]: Row): PeerId {
	return parsePeerId(first?.peerId ?? '');
}

/**
 * Of each row how many of its updates are stored: none when the store has moved on and they have to be planned again;
 * rejected when it alone has failed.
 */
async function tryRows(
	deps: Deps,
	rows: readonly Row[],
	{ untold, going }: Memory,
): Promise<PromiseSettledResult<number>[]> {
	const { merger, publisher } = deps;
	const plans = rows.map(async (row) => planUpdates(deps, row));
	const touched = new Set<CatalogId>();
	await tellGoing(deps, plans, going);
	const outcomes = await Promise.allSettled(
		plans.map(async (plan) => storePlan(deps, await plan, touched)),
	);
	for (const [at, row] of rows.entries()) {
		if (isKnown(outcomes[at])) endGoing(going, peerOf(row));
	}
	for (const catalogId of untold) touched.add(catalogId);
	untold.clear();
	try {
		await publisher.publishChanges(await merger.settle(touched));
		return outcomes;
	} catch (caught) {
		for (const catalogId of touched) untold.add(catalogId);
		throw caught;
	}
}

/** Tells which entries are gone, before anything makes it so. */
async function tellGoing(
	{ catalog, availability, publisher }: Pick<Deps, 'catalog' | 'availability' | 'publisher'>,
	plans: readonly Promise<Plan>[],
	going: Memory['going'],
): Promise<void> {
	const told: CatalogId[] = [];
	for (const plan of await Promise.allSettled(plans)) {
		const change = plan.status === 'fulfilled' ? plan.value.change : undefined;
		if (!change) continue;
		const ofPeer = going.get(change.peerId) ?? new Map<CatalogId, () => void>();
		for (const catalogId of emptiedBy(catalog, change)) {
			told.push(catalogId);
			if (!ofPeer.has(catalogId)) ofPeer.set(catalogId, availability.expectGone([catalogId]));
		}
		if (ofPeer.size > 0) going.set(change.peerId, ofPeer);
	}
	if (told.length > 0) await publisher.publishChanges(told);
}

/**
 * Whether the store has what was planned, or has it not. One that did not answer may have stored it: what was told to be gone
 * stays so until the repetition knows, for nobody would tell it again after a crash.
 */
function isKnown(outcome: PromiseSettledResult<number> | undefined): boolean {
	if (outcome?.status === 'fulfilled') return outcome.value > 0;
	return !isAway(GiggityflixError.from(outcome?.reason));
}

/** What is there after all is told with the changes of this round. */
function endGoing(going: Memory['going'], peerId: PeerId): void {
	for (const end of going.get(peerId)?.values() ?? []) end();
	going.delete(peerId);
}

/** Answers how many updates are stored: none when the store has moved on. Adds the entries that are concerned. */
async function storePlan(
	{ store, peers, catalog }: Pick<Deps, 'store' | 'peers' | 'catalog'>,
	{ updates, change }: Plan,
	touched: Set<CatalogId>,
): Promise<number> {
	if (change) {
		if (!(await store.saveCatalog(change))) return 0;
		peers.note(change.peerId, { progress: change.progress });
		for (const catalogId of catalog.apply(change)) touched.add(catalogId);
	}
	// It may have been stored before, and whoever stored it stopped before the rest was done.
	for (const { catalogId } of updates.flatMap(({ upserted }) => upserted)) {
		touched.add(catalog.resolve(parseCatalogId(catalogId)));
	}
	return updates.length;
}

/** The entries that go with a change: those of which nothing is left. */
function emptiedBy(catalog: Catalog, { peerId, upserted, removed }: CatalogChange): CatalogId[] {
	const isRemoved = new Set(removed);
	const known = catalog.offersOf(peerId);
	const ids = new Set<CatalogId>();
	for (const offerId of removed) {
		const offer = known.get(offerId);
		if (offer) ids.add(catalog.resolve(offer.catalogId));
	}
	for (const { catalogId } of upserted) ids.delete(catalog.resolve(catalogId));
	const isLeft = (offer: StoredOffer) => offer.peerId !== peerId || !isRemoved.has(offer.offerId);
	return [...ids].filter((catalogId) => !catalog.entry(catalogId)?.offers.some(isLeft));
}
