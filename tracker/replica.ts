// Keeps what this tracker remembers in step with a store that others write to as well: notes their news, loads everything
// again when news were missed, and gives back to a store that was emptied what it had. Decides nothing and merges
// nothing; whoever handled an event did that.
import { equals } from '@bufbuild/protobuf';
import { GiggityflixError, type ErrorCode } from '../proto/errors.ts';
import { FileOfferSchema } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, PeerId, SessionId } from '../proto/ids.ts';
import type { Catalog } from './catalog.ts';
import { isBehind, noProgress } from './catalog-progress.ts';
import type { ChangePublisher } from './change-publisher.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock, Logger } from './ports.ts';
import type { LeaseStore } from './store/lease-store.ts';
import type {
	CatalogChange,
	StoredAlias,
	StoredOffer,
	StoreNews,
	TrackerStore,
} from './store/tracker-store.ts';
import { maxSubscriptionsPerPeer, type Subscriptions } from './subscriptions.ts';

export interface Replica {
	/** Takes news of the store, one after another. Never throws. */
	hear(news: StoreNews): void;
	/** Resolves when everything heard was taken in. */
	settled(): Promise<void>;
	/** Reads one peer again, because the store has more of it than is remembered. */
	refreshPeer(peerId: PeerId): Promise<void>;
}

interface Deps {
	readonly store: TrackerStore;
	readonly leaseStore: LeaseStore;
	readonly peers: Peers;
	readonly leases: Leases;
	readonly catalog: Catalog;
	readonly subscriptions: Subscriptions;
	readonly publisher: Pick<ChangePublisher, 'publishChanges'>;
	readonly clock: Clock;
	readonly logger: Logger;
	/** How long a session counts as open that nobody has renewed yet. */
	readonly leaseMs: number;
}

/** How long a store that fails is left alone before everything is tried again. */
const retryMs = 2_000;
/** Peers written back at once. */
const peersPerRound = 100;
/** A session that is given back has ended since, or another holds its peer. */
const refusals: readonly ErrorCode[] = ['invalid-argument', 'already-exists'];

export function createReplica(deps: Deps): Replica {
	let turn = Promise.resolve();

	async function take(news: StoreNews): Promise<void> {
		try {
			await deps.publisher.publishChanges(await note(deps, news));
		} catch (caught) {
			const { code, message: reason } = GiggityflixError.from(caught);
			deps.logger.warn('news of the store could not be taken in', {
				news: news.kind,
				code,
				reason,
			});
			if (news.kind !== 'missed' && news.kind !== 'emptied') return;
			deps.clock.after(retryMs, () => {
				hear(news);
			});
		}
	}

	function hear(news: StoreNews): void {
		turn = turn.then(() => take(news));
	}

	return {
		hear,
		settled: () => turn,
		refreshPeer: (peerId) => refreshPeer(deps, peerId),
	};
}

async function refreshPeer(deps: Deps, peerId: PeerId): Promise<void> {
	const stored = await deps.store.loadPeer(peerId);
	const known = deps.peers.get(peerId).progress;
	if (isBehind(stored?.peer.progress ?? noProgress, known)) {
		// What is remembered was stored once. The store was emptied, and this peer's turn has not come yet.
		await giveBackCatalog(deps, peerId);
		return;
	}
	if (stored) deps.peers.note(peerId, stored.peer);
	await deps.publisher.publishChanges(adoptOffers(deps, peerId, stored?.offers ?? []));
}

/** Returns the entries that are concerned. */
async function note(deps: Deps, news: StoreNews): Promise<Iterable<CatalogId>> {
	const { peers, catalog, subscriptions, leases } = deps;
	switch (news.kind) {
		case 'key-bound':
			peers.note(news.peerId, { publicKey: news.publicKey });
			return [];
		case 'seen':
			for (const { peerId, ...seen } of news.peers) peers.note(peerId, seen);
			return [];
		case 'catalog':
			return noteCatalog(deps, news.change);
		case 'aliases':
			return catalog.applyAliases(news.change);
		case 'subscribed':
			subscriptions.noteSaved(news.subscription);
			return [];
		case 'unsubscribed':
			subscriptions.noteDeleted(news.subscriptionIds);
			return [];
		case 'sessions':
			return entriesOf(deps, leases.note(news.changes));
		case 'missed':
			return adopt(deps);
		case 'emptied':
			await giveBack(deps);
			return adopt(deps);
	}
}

/** What this tracker did itself meanwhile is newer than news that were on their way. */
function noteCatalog({ peers, catalog }: Deps, change: CatalogChange): Iterable<CatalogId> {
	const { peerId, progress } = change;
	if (isBehind(progress, peers.get(peerId).progress)) return [];
	peers.note(peerId, { progress });
	return catalog.apply(change);
}

function entriesOf({ catalog }: Deps, peerIds: Iterable<PeerId>): Set<CatalogId> {
	return new Set([...peerIds].flatMap((peerId) => [...catalog.entriesOf(peerId)]));
}

/** Everything as the store has it. */
async function adopt(deps: Deps): Promise<Set<CatalogId>> {
	const { store, peers, catalog, subscriptions, leases } = deps;
	const stored = await store.load();
	const touched = catalog.applyAliases({
		added: stored.aliases,
		removed: withoutThose(catalog.aliases(), stored.aliases),
	});
	const byPeer = Map.groupBy(stored.offers, ({ peerId }) => peerId);
	for (const peer of stored.peers) {
		// What this tracker wrote while it was reading is newer than what it read.
		if (isBehind(peer.progress, peers.get(peer.peerId).progress)) continue;
		peers.note(peer.peerId, peer);
		const offers = byPeer.get(peer.peerId) ?? [];
		for (const id of adoptOffers(deps, peer.peerId, offers)) touched.add(id);
	}
	subscriptions.replace(stored.subscriptions);
	for (const id of entriesOf(deps, await leases.reload())) touched.add(id);
	return touched;
}

function withoutThose(
	aliases: readonly StoredAlias[],
	stored: readonly StoredAlias[],
): CatalogId[] {
	const kept = new Set(stored.map(({ alias }) => alias));
	return aliases.map(({ alias }) => alias).filter((alias) => !kept.has(alias));
}

/** Returns the entries that are concerned; of those that are the same, none. */
function adoptOffers(
	{ catalog }: Deps,
	peerId: PeerId,
	offers: readonly StoredOffer[],
): Set<CatalogId> {
	const known = catalog.offersOf(peerId);
	const kept = new Set(offers.map(({ offerId }) => offerId));
	const removed = [...known.keys()].filter((offerId) => !kept.has(offerId));
	const upserted = offers.filter((offer) => !isSame(known.get(offer.offerId), offer));
	return catalog.apply({ peerId, upserted, removed, aliases: [] });
}

function isSame(known: StoredOffer | undefined, offer: StoredOffer): boolean {
	return (
		known?.catalogId === offer.catalogId &&
		known.sequence === offer.sequence &&
		equals(FileOfferSchema, known.offer, offer.offer)
	);
}

/** Writes what is remembered into an empty store. Where another tracker, or an edge, was faster, its word counts. */
async function giveBack(deps: Deps): Promise<void> {
	const { store, peers, catalog, subscriptions, logger } = deps;
	logger.warn('the store was emptied; what is remembered is written back', {
		peers: peers.count(),
		entries: catalog.entryCount(),
	});
	await giveBackSessions(deps);
	await store.saveAliases({ added: catalog.aliases(), removed: [] });
	const known = [...peers.all()];
	for (let first = 0; first < known.length; first += peersPerRound) {
		const round = known.slice(first, first + peersPerRound);
		await store.savePresence(round);
		await Promise.all(
			round.map(async ({ peerId, publicKey }) => {
				if (publicKey.length > 0) await store.bindKey(peerId, publicKey);
				await giveBackCatalog(deps, peerId);
			}),
		);
	}
	for (const subscription of subscriptions.all()) {
		await store.saveSubscription(subscription, maxSubscriptionsPerPeer);
	}
}

/** Of several sessions of a peer the newest holds it. Those before have run out, and wait for their ends to be published. */
async function giveBackSessions({ leaseStore, leases, leaseMs }: Deps): Promise<void> {
	const ofPeers = [...Map.groupBy(leases.sessions(), ({ peerId }) => peerId).values()];
	const alone = ofPeers.filter((sessions) => sessions.length === 1).flat();
	await leaseStore.renew(alone, leaseMs);
	for (const sessions of ofPeers) {
		const newest = sessions.at(-1);
		if (!newest || sessions.length === 1) continue;
		for (const session of sessions.slice(0, -1)) await leaseStore.establish(session, 0);
		try {
			// Unlike a renewal, a claim may take the place of sessions that have run out.
			await leaseStore.claim(newest, { leaseMs, replacesSessionId: '' as SessionId });
		} catch (caught) {
			if (!refusals.includes(GiggityflixError.from(caught).code)) throw caught;
		}
	}
}

/** Two trackers may have heard of a peer's announcements unequally far: what came furthest counts. */
async function giveBackCatalog({ store, peers, catalog }: Deps, peerId: PeerId): Promise<void> {
	const { progress } = peers.get(peerId);
	const stored = await store.loadPeer(peerId);
	const before = stored?.peer.progress ?? noProgress;
	if (!isBehind(before, progress)) return;
	const known = catalog.offersOf(peerId);
	const offerIds = stored?.offers.map(({ offerId }) => offerId) ?? [];
	const removed = offerIds.filter((offerId) => !known.has(offerId));
	const change = { peerId, before, progress, upserted: [...known.values()], removed, aliases: [] };
	if (!(await store.saveCatalog(change))) {
		throw new GiggityflixError('unavailable', 'another tracker gives the same back');
	}
}
