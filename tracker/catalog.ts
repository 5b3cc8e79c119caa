// Every offer the network has announced, in memory, grouped into entries: the offers under one catalog id,
// aliases followed. Mirrors what the store holds and is changed only after the store was. Does not know
// who is online or who may see what.
import { equals } from '@bufbuild/protobuf';
import { FileOfferSchema, Visibility } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, OfferId, PeerId } from '../proto/ids.ts';
import { contentKeyOf } from './content-groups.ts';
import { createTorrentIndex, type TorrentIndex } from './torrent-index.ts';
import type {
	AliasChange,
	CatalogChange,
	StoredAlias,
	StoredOffer,
} from './store/tracker-store.ts';

/** What several peers may offer under one id. Has at least one offer. */
export interface Entry {
	readonly catalogId: CatalogId;
	/** The first one announced comes first. */
	readonly offers: readonly StoredOffer[];
	/** Differs from every earlier state of the entry. */
	readonly revision: number;
}

export interface Catalog {
	/** The id an id leads to: itself when it is no alias. */
	resolve(catalogId: CatalogId): CatalogId;
	/** This id and those that lead to it by way of it; all ids of an entry when it is the entry's own. */
	idsOf(catalogId: CatalogId): CatalogId[];
	/** By its id or an alias. */
	entry(catalogId: CatalogId): Entry | undefined;
	/** The public entry whose owners can seed a torrent. */
	entryOfTorrent(infoHash: Uint8Array): Entry | undefined;
	entries(): Iterable<Entry>;
	offersOf(peerId: PeerId): ReadonlyMap<OfferId, StoredOffer>;
	/** The entries a peer has offers in. */
	entriesOf(peerId: PeerId): Set<CatalogId>;
	/** Returns the entries that are concerned, those that are gone included. */
	apply(change: Pick<CatalogChange, 'peerId' | 'upserted' | 'removed' | 'aliases'>): Set<CatalogId>;
	/** The same for aliases alone. */
	applyAliases(change: AliasChange): Set<CatalogId>;
	/** All offers that may share an entry with this one, itself included; none when it has to stand alone. */
	offersOfContent(offer: StoredOffer): StoredOffer[];
	/** Everything that leads elsewhere. */
	aliases(): StoredAlias[];
	offers(): StoredOffer[];
	entryCount(): number;
}

interface MutableEntry extends Entry {
	readonly offers: StoredOffer[];
	revision: number;
}

interface State {
	readonly entries: Map<CatalogId, MutableEntry>;
	readonly byPeer: Map<PeerId, Map<OfferId, StoredOffer>>;
	readonly byContent: Map<string, Set<StoredOffer>>;
	readonly torrents: TorrentIndex;
	/** Where each alias leads. */
	readonly targets: Map<CatalogId, CatalogId>;
	/** The same, looked at from the other end. */
	readonly aliases: Map<CatalogId, Set<CatalogId>>;
	revision: number;
}

export function createCatalog(stored: {
	offers: readonly StoredOffer[];
	aliases: readonly StoredAlias[];
}): Catalog {
	const state: State = {
		entries: new Map(),
		byPeer: new Map(),
		byContent: new Map(),
		torrents: createTorrentIndex(),
		targets: new Map(),
		aliases: new Map(),
		revision: 0,
	};
	for (const { alias, catalogId } of stored.aliases) {
		// A circle, which several remaps in turn may leave behind, is cut open where it would close.
		if (!leadsTo(state, catalogId, alias)) link(state, { alias, catalogId });
	}
	for (const offer of stored.offers) put(state, offer);
	return {
		resolve: (catalogId) => resolve(state, catalogId),
		idsOf: (catalogId) => {
			const ids = [catalogId];
			// Grows while it is walked: aliases of aliases are found on the way.
			for (const id of ids) ids.push(...(state.aliases.get(id) ?? []));
			return ids;
		},
		entry: (catalogId) => state.entries.get(resolve(state, catalogId)),
		entryOfTorrent: (infoHash) => {
			const [first] = state.torrents.find(infoHash);
			return first && state.entries.get(resolve(state, first.catalogId));
		},
		entries: () => state.entries.values(),
		offersOf: (peerId) => state.byPeer.get(peerId) ?? new Map(),
		entriesOf: (peerId) => {
			const offers = state.byPeer.get(peerId)?.values() ?? [];
			return new Set(Array.from(offers, (offer) => resolve(state, offer.catalogId)));
		},
		apply: ({ peerId, upserted, removed, aliases }) => {
			const touched = new Set<CatalogId>();
			for (const alias of aliases) addAlias(state, alias, touched);
			for (const offer of upserted) touched.add(put(state, offer));
			for (const offerId of removed) remove(state, peerId, offerId, touched);
			return touched;
		},
		applyAliases: ({ added, removed }) => {
			const touched = new Set<CatalogId>();
			for (const alias of removed) removeAlias(state, alias, touched);
			for (const alias of added) addAlias(state, alias, touched);
			return touched;
		},
		offersOfContent: (offer) => [...(state.byContent.get(contentKeyOf(offer) ?? '') ?? [])],
		aliases: () => Array.from(state.targets, ([alias, catalogId]) => ({ alias, catalogId })),
		offers: () => [...state.byPeer.values()].flatMap((offers) => [...offers.values()]),
		entryCount: () => state.entries.size,
	};
}

/** The offer an entry is described by: the first that everyone may see, else the first. */
export function primaryOffer(entry: Entry): StoredOffer {
	const isPublic = ({ offer }: StoredOffer) => offer.visibility === Visibility.PUBLIC;
	const primary = entry.offers.find(isPublic) ?? entry.offers[0];
	if (!primary) throw new Error(`entry ${entry.catalogId} has no offers`);
	return primary;
}

function resolve(state: State, catalogId: CatalogId): CatalogId {
	let target = catalogId;
	for (let next = state.targets.get(target); next; next = state.targets.get(target)) target = next;
	return target;
}

function put(state: State, stored: StoredOffer): CatalogId {
	const { peerId, offerId } = stored;
	const catalogId = resolve(state, stored.catalogId);
	const offers = state.byPeer.get(peerId) ?? new Map<OfferId, StoredOffer>();
	state.byPeer.set(peerId, offers);
	const before = offers.get(offerId);
	offers.set(offerId, stored);
	if (before) {
		forgetContent(state, before);
		state.torrents.remove(before);
	}
	rememberContent(state, stored);
	state.torrents.put(stored);
	if (before && resolve(state, before.catalogId) !== catalogId) detach(state, before);
	const entry = state.entries.get(catalogId) ?? { catalogId, offers: [], revision: 0 };
	state.entries.set(catalogId, entry);
	const index = entry.offers.findIndex((other) => isSame(other, stored));
	const known = entry.offers[index];
	if (known) entry.offers[index] = stored;
	else entry.offers.push(stored);
	if (!known || !equals(FileOfferSchema, known.offer, stored.offer)) touch(state, entry);
	return catalogId;
}

function remove(state: State, peerId: PeerId, offerId: OfferId, touched: Set<CatalogId>): void {
	const offers = state.byPeer.get(peerId);
	const stored = offers?.get(offerId);
	if (!offers || !stored) return;
	offers.delete(offerId);
	forgetContent(state, stored);
	state.torrents.remove(stored);
	if (offers.size === 0) state.byPeer.delete(peerId);
	touched.add(detach(state, stored));
}

/** Takes an offer out of its entry, and the entry away with its last one. */
function detach(state: State, stored: StoredOffer): CatalogId {
	const catalogId = resolve(state, stored.catalogId);
	const entry = state.entries.get(catalogId);
	const index = entry?.offers.findIndex((other) => isSame(other, stored)) ?? -1;
	if (!entry || index === -1) return catalogId;
	entry.offers.splice(index, 1);
	touch(state, entry);
	if (entry.offers.length === 0) state.entries.delete(catalogId);
	return catalogId;
}

/** From now on one id leads to another. Offers that are found under another id by that move there. */
function addAlias(state: State, { alias, catalogId }: StoredAlias, touched: Set<CatalogId>): void {
	const before = resolve(state, alias);
	if (leadsTo(state, catalogId, alias)) unlink(state, catalogId);
	unlink(state, alias);
	link(state, { alias, catalogId });
	moveFrom(state, before, touched);
}

/** From now on an id leads to itself again, and offers that are found by it move there. */
function removeAlias(state: State, alias: CatalogId, touched: Set<CatalogId>): void {
	const before = resolve(state, alias);
	unlink(state, alias);
	moveFrom(state, before, touched);
}

/** Moves the offers of an entry that are found under another id now. */
function moveFrom(state: State, before: CatalogId, touched: Set<CatalogId>): void {
	const entry = state.entries.get(before);
	const moved = entry?.offers.filter((offer) => resolve(state, offer.catalogId) !== before) ?? [];
	if (!entry || moved.length === 0) return;
	touched.add(before);
	for (const offer of moved) entry.offers.splice(entry.offers.indexOf(offer), 1);
	touch(state, entry);
	if (entry.offers.length === 0) state.entries.delete(before);
	for (const offer of moved) touched.add(put(state, offer));
}

function rememberContent({ byContent }: State, stored: StoredOffer): void {
	const key = contentKeyOf(stored);
	if (key === undefined) return;
	byContent.set(key, (byContent.get(key) ?? new Set()).add(stored));
}

function forgetContent({ byContent }: State, stored: StoredOffer): void {
	const key = contentKeyOf(stored);
	const offers = key === undefined ? undefined : byContent.get(key);
	if (key === undefined || !offers) return;
	offers.delete(stored);
	if (offers.size === 0) byContent.delete(key);
}

/** Whether following aliases from one id comes by another. */
function leadsTo(state: State, from: CatalogId, to: CatalogId): boolean {
	for (let id: CatalogId | undefined = from; id; id = state.targets.get(id)) {
		if (id === to) return true;
	}
	return false;
}

function link(state: State, { alias, catalogId }: StoredAlias): void {
	state.targets.set(alias, catalogId);
	const aliases = state.aliases.get(catalogId) ?? new Set();
	state.aliases.set(catalogId, aliases.add(alias));
}

function unlink(state: State, alias: CatalogId): void {
	const target = state.targets.get(alias);
	if (target) state.aliases.get(target)?.delete(alias);
	state.targets.delete(alias);
}

function touch(state: State, entry: MutableEntry): void {
	state.revision += 1;
	entry.revision = state.revision;
}

function isSame(one: StoredOffer, other: StoredOffer): boolean {
	return one.peerId === other.peerId && one.offerId === other.offerId;
}
