// What `peer.catalog.updated` does: judged by its numbers, stored, then applied in memory, merged with what has the same
// content, then told. What goes is told before it is stored, for nobody would know of it after a crash. Updates of different
// peers that come together are merged and told together. Safe to repeat at any point where it may have stopped, and judged
// again when another tracker was faster. Does not know who is online.
import type { PeerCatalogUpdated } from '../proto/gen/giggityflix/v1/events_pb.js';
import { GiggityflixError } from '../proto/errors.ts';
import {
	parseCatalogId,
	parseOfferId,
	parsePeerId,
	type CatalogId,
	type OfferId,
	type PeerId,
} from '../proto/ids.ts';
import type { Availability } from './availability.ts';
import type { Catalog } from './catalog.ts';
import { judgeAnnouncement, type CatalogProgress } from './catalog-progress.ts';
import type { ChangePublisher } from './change-publisher.ts';
import type { ContentMerger } from './content-merger.ts';
import { ownIdOf } from './own-ids.ts';
import { isAway } from './insist.ts';
import type { Peers } from './peers.ts';
import type { Clock, Logger } from './ports.ts';
import type { Replica } from './replica.ts';
import { inRounds } from './rounds.ts';
import type {
	CatalogChange,
	StoredAlias,
	StoredOffer,
	TrackerStore,
} from './store/tracker-store.ts';

export interface CatalogUpdates {
	/** Resolves when the update is stored and its consequences are published. */
	apply(update: PeerCatalogUpdated): Promise<void>;
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

/** What an update comes to. */
interface Plan {
	readonly update: PeerCatalogUpdated;
	/** Undefined when a later one has overtaken it. */
	readonly change: CatalogChange | undefined;
}

/** What outlives a round that failed. */
interface Memory {
	/** Entries that were taken out of memory and not told: a repetition does not find them again. */
	readonly untold: Set<CatalogId>;
	/** Entries that were told to go with what a peer says, while it is not known whether that is stored; how each ends. */
	readonly going: Map<PeerId, Map<CatalogId, () => void>>;
}

/** Trackers seldom handle one peer at once, and only while its events move from one to another. */
const maxAttempts = 5;
/** Updates of one round: enough to share its work, few enough for the next to be planned while the store has this one. */
const mostOfRound = 500;

export function createCatalogUpdates(deps: Deps): CatalogUpdates {
	const memory: Memory = { untold: new Set(), going: new Map() };
	const tryUpdate = inRounds(mostOfRound, (updates: readonly PeerCatalogUpdated[]) =>
		tryUpdates(deps, updates, memory),
	);
	return {
		apply: async (update) => {
			const peerId = parsePeerId(update.peerId);
			for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
				if (await tryUpdate(update)) return;
				await deps.replica.refreshPeer(peerId);
			}
			throw new GiggityflixError('unavailable', 'other trackers change the same peer');
		},
	};
}

/** Of each update false when the store has moved on and it has to be judged again; rejected when it alone has failed. */
async function tryUpdates(
	deps: Deps,
	updates: readonly PeerCatalogUpdated[],
	{ untold, going }: Memory,
): Promise<PromiseSettledResult<boolean>[]> {
	const { merger, publisher } = deps;
	const plans = updates.map(async (update) => planUpdate(deps, update));
	const touched = new Set<CatalogId>();
	await tellGoing(deps, plans, going);
	const outcomes = await Promise.allSettled(
		plans.map(async (plan) => storePlan(deps, await plan, touched)),
	);
	for (const [at, { peerId }] of updates.entries()) {
		if (isKnown(outcomes[at])) endGoing(going, parsePeerId(peerId));
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
 * Whether the store has the update, or has it not. One that did not answer may have stored it: what was told to be gone
 * stays so until the repetition knows, for nobody would tell it again after a crash.
 */
function isKnown(outcome: PromiseSettledResult<boolean> | undefined): boolean {
	if (outcome?.status === 'fulfilled') return outcome.value;
	return !isAway(GiggityflixError.from(outcome?.reason));
}

/** What is there after all is told with the changes of this round. */
function endGoing(going: Memory['going'], peerId: PeerId): void {
	for (const end of going.get(peerId)?.values() ?? []) end();
	going.delete(peerId);
}

function planUpdate(
	{ peers, catalog, clock, logger }: Pick<Deps, 'peers' | 'catalog' | 'clock' | 'logger'>,
	update: PeerCatalogUpdated,
): Plan {
	const peerId = parsePeerId(update.peerId);
	const sequence = sequenceOf(update);
	const { isSnapshot, page, isLast } = update;
	const before = peers.get(peerId).progress;
	const verdict = judgeAnnouncement(before, { sequence, isSnapshot, page, isLast });
	if (verdict.kind === 'ignore') return { update, change: undefined };
	if (verdict.isGap) logger.warn('a catalog announcement is missing', { peerId, sequence, page });
	const judged = { peerId, before, sequence, update, ...verdict };
	return { update, change: planChange({ catalog, clock }, judged) };
}

/** False when the store has moved on. Adds the entries that are concerned. */
async function storePlan(
	{ store, peers, catalog }: Pick<Deps, 'store' | 'peers' | 'catalog'>,
	{ update, change }: Plan,
	touched: Set<CatalogId>,
): Promise<boolean> {
	if (change) {
		if (!(await store.saveCatalog(change))) return false;
		peers.note(change.peerId, { progress: change.progress });
		for (const catalogId of catalog.apply(change)) touched.add(catalogId);
	}
	// It may have been stored before, and whoever stored it stopped before the rest was done.
	for (const { catalogId } of update.upserted) {
		touched.add(catalog.resolve(parseCatalogId(catalogId)));
	}
	return true;
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

function planChange(
	{ catalog, clock }: Pick<Deps, 'catalog' | 'clock'>,
	judged: {
		peerId: PeerId;
		before: CatalogProgress;
		sequence: number;
		update: PeerCatalogUpdated;
		progress: CatalogProgress;
		dropsOlder: boolean;
	},
): CatalogChange {
	const { peerId, before, sequence, update, progress, dropsOlder } = judged;
	const known = catalog.offersOf(peerId);
	const nowMs = Math.trunc(clock.now());
	const upserted = update.upserted.map(({ catalogId, offer }): StoredOffer => {
		if (!offer) throw new GiggityflixError('invalid-argument', 'an assignment without an offer');
		const offerId = parseOfferId(offer.offerId);
		const addedAtMs = known.get(offerId)?.addedAtMs ?? nowMs;
		return { peerId, offerId, catalogId: parseCatalogId(catalogId), sequence, addedAtMs, offer };
	});
	const removedIds = new Set(
		update.removedCatalogIds.map((id) => catalog.resolve(parseCatalogId(id))),
	);
	const isKept = new Set(upserted.map(({ offerId }) => offerId));
	const isGone = (offer: StoredOffer) =>
		removedIds.has(catalog.resolve(offer.catalogId)) || (dropsOlder && offer.sequence < sequence);
	// Most updates take nothing away, and what a peer has need not be gone through for each.
	const mayBeGone = dropsOlder || removedIds.size > 0 ? [...known.values()] : [];
	const removed = mayBeGone
		.filter((offer) => !isKept.has(offer.offerId) && isGone(offer))
		.map(({ offerId }) => offerId);
	const aliases = upserted.flatMap((offer) => aliasesOf(offer, known));
	return { peerId, before, progress, upserted, removed, aliases };
}

/**
 * An offer under another id than before, or than its own, was remapped: the ids it had lead to the one it has,
 * so that links that were sent keep working.
 */
function aliasesOf(offer: StoredOffer, known: ReadonlyMap<OfferId, StoredOffer>): StoredAlias[] {
	const { offerId, catalogId } = offer;
	const former = new Set([ownIdOf(offer)]);
	const before = known.get(offerId);
	if (before) former.add(before.catalogId);
	former.delete(catalogId);
	return Array.from(former, (alias) => ({ alias, catalogId }));
}

function sequenceOf({ catalogSequence }: PeerCatalogUpdated): number {
	const sequence = Number(catalogSequence);
	if (sequence > 0 && Number.isSafeInteger(sequence)) return sequence;
	throw new GiggityflixError('invalid-argument', 'a catalog sequence out of range');
}
