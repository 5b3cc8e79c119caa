// What a simulated store knows of peers, their offers and wishes, and what each call of trackers does to it. Whoever calls
// takes care of time, faults and who hears of it.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CatalogId, OfferId, PeerId } from '../../../proto/ids.ts';
import { noProgress } from '../../../tracker/catalog-progress.ts';
import type {
	AliasChange,
	CatalogChange,
	SeenPeer,
	StoredOffer,
	StoredPeer,
	StoredSubscription,
	StoredTracker,
	StoreNews,
} from '../../../tracker/store/tracker-store.ts';

export interface Records {
	readonly peers: Map<PeerId, StoredPeer>;
	readonly offers: Map<PeerId, Map<OfferId, StoredOffer>>;
	readonly aliases: Map<CatalogId, CatalogId>;
	readonly wishes: Map<PeerId, Map<CatalogId, StoredSubscription>>;
}

/** Tells the other trackers. */
export type Tell = (news: StoreNews) => void;

export function noRecords(): Records {
	return { peers: new Map(), offers: new Map(), aliases: new Map(), wishes: new Map() };
}

export function readAll({ peers, offers, aliases, wishes }: Records): StoredTracker {
	return {
		peers: [...peers.values()],
		offers: [...offers.values()].flatMap((ofPeer) => [...ofPeer.values()]),
		aliases: [...aliases].map(([alias, catalogId]) => ({ alias, catalogId })),
		subscriptions: [...wishes.values()].flatMap((ofPeer) => [...ofPeer.values()]),
	};
}

export function bindKey(
	{ peers }: Records,
	tell: Tell,
	peerId: PeerId,
	publicKey: Uint8Array,
): Uint8Array {
	const known = peers.get(peerId) ?? unknownPeer(peerId);
	if (known.publicKey.length > 0) return known.publicKey;
	peers.set(peerId, { ...known, publicKey });
	tell({ kind: 'key-bound', peerId, publicKey });
	return publicKey;
}

export function savePresence({ peers }: Records, tell: Tell, seen: readonly SeenPeer[]): void {
	for (const { peerId, lastSeenAtMs, displayName, isHeld } of seen) {
		const known = peers.get(peerId) ?? unknownPeer(peerId);
		peers.set(peerId, {
			...{ ...known, lastSeenAtMs },
			displayName: displayName ?? known.displayName,
			isHeld: isHeld ?? known.isHeld,
		});
	}
	const told = seen.map(({ peerId, lastSeenAtMs, displayName }) => ({
		...{ peerId, lastSeenAtMs },
		...(displayName !== undefined && { displayName }),
	}));
	tell({ kind: 'seen', peers: told });
}

/** False when it was planned on other progress. */
export function saveCatalog(records: Records, tell: Tell, change: CatalogChange): boolean {
	const { peers, offers } = records;
	const { peerId, before, progress } = change;
	const peer = peers.get(peerId) ?? unknownPeer(peerId);
	const isPlannedOnIt = (Object.keys(noProgress) as (keyof typeof noProgress)[]).every(
		(field) => peer.progress[field] === before[field],
	);
	if (!isPlannedOnIt) return false;
	peers.set(peerId, { ...peer, progress });
	const ofPeer = offers.get(peerId) ?? new Map<OfferId, StoredOffer>();
	for (const offer of change.upserted) ofPeer.set(offer.offerId, offer);
	for (const offerId of change.removed) ofPeer.delete(offerId);
	offers.set(peerId, ofPeer);
	writeAliases(records, { added: change.aliases, removed: [] });
	tell({ kind: 'catalog', change });
	return true;
}

export function saveAliases(records: Records, tell: Tell, change: AliasChange): void {
	writeAliases(records, change);
	tell({ kind: 'aliases', change });
}

function writeAliases({ aliases }: Records, { added, removed }: AliasChange): void {
	for (const alias of removed) aliases.delete(alias);
	for (const { alias, catalogId } of added) {
		if (aliases.get(catalogId) === alias) aliases.delete(catalogId);
		aliases.set(alias, catalogId);
	}
}

export function saveWish(
	{ wishes }: Records,
	tell: Tell,
	wanted: StoredSubscription,
	most: number,
): StoredSubscription {
	const ofPeer = wishes.get(wanted.peerId) ?? new Map<CatalogId, StoredSubscription>();
	const known = ofPeer.get(wanted.catalogId);
	if (!known && ofPeer.size >= most) {
		throw new GiggityflixError('resource-exhausted', 'the peer has too many subscriptions');
	}
	const subscription = {
		...wanted,
		subscriptionId: known?.subscriptionId ?? wanted.subscriptionId,
	};
	wishes.set(wanted.peerId, ofPeer.set(wanted.catalogId, subscription));
	tell({ kind: 'subscribed', subscription });
	return subscription;
}

export function deleteWishes(
	{ wishes }: Records,
	tell: Tell,
	gone: readonly StoredSubscription[],
): void {
	for (const { peerId, catalogId, subscriptionId } of gone) {
		const ofPeer = wishes.get(peerId);
		if (ofPeer?.get(catalogId)?.subscriptionId === subscriptionId) ofPeer.delete(catalogId);
	}
	tell({ kind: 'unsubscribed', subscriptionIds: gone.map((it) => it.subscriptionId) });
}

function unknownPeer(peerId: PeerId): StoredPeer {
	return {
		peerId,
		publicKey: new Uint8Array(),
		displayName: '',
		lastSeenAtMs: 0,
		isHeld: false,
		progress: noProgress,
	};
}
