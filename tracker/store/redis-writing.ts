// Writes to Redis, each telling the other trackers what it did. What one script cannot hold in one piece is ordered so that
// a write that stopped half-way is finished by its repetition.
import { createHash } from 'node:crypto';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import { inRounds } from '../rounds.ts';
import { keys, packId, packWish, readProgress, unpackWish, writeProgress } from './redis-layout.ts';
import { authorOf, writeCatalogLine } from './redis-news.ts';
import { firstToMerge, packMergedPages, packPage } from './redis-pages.ts';
import * as scripts from './redis-scripts.ts';
import { inWords, publish, register, type State } from './redis-state.ts';
import type { AliasChange, CatalogChange, SeenPeer, StoredSubscription } from './tracker-store.ts';

/** More pages of one peer than these are merged: what deltas leave behind, or a snapshot that was sent again. */
const mostPages = 16;

export async function bindKey(
	state: State,
	peerId: PeerId,
	publicKey: Uint8Array,
): Promise<Uint8Array> {
	await register(state, [peerId]);
	const news = inWords(state, { kind: 'key-bound', peerId, publicKey });
	const words = [Buffer.from(publicKey), state.channel, news];
	const bound = await state.connection.run(scripts.bindKey, [keys.peer(peerId)], words);
	return new Uint8Array(bound as Buffer);
}

export async function savePresence(state: State, peers: readonly SeenPeer[]): Promise<void> {
	await register(
		state,
		peers.map(({ peerId }) => peerId),
	);
	const seen = peers.map(({ peerId, lastSeenAtMs, displayName }) => {
		const name = displayName === undefined ? [] : ['n', displayName];
		return ['HSET', keys.peer(peerId), 's', lastSeenAtMs, ...name] as const;
	});
	const told = peers.map(({ peerId, lastSeenAtMs, displayName }) => ({
		...{ peerId, lastSeenAtMs },
		...(displayName !== undefined && { displayName }),
	}));
	await state.connection.send([...seen, publish(state, { kind: 'seen', peers: told })]);
}

/** Announcements one script stores: enough to share what a command costs, few enough to keep nobody else waiting. */
const mostOfScript = 32;

/**
 * Announcements of one turn of the event loop share a script, except in a cluster, where each peer is in a slot of its own.
 * Aliases first: until the announcement counts it comes again, and says the same again.
 */
export function createCatalogWriter(
	state: State,
	isCluster: boolean,
): (change: CatalogChange) => Promise<boolean> {
	const saveInRounds = inRounds(mostOfScript, async (announcements: readonly Announcement[]) => {
		const pages = await saveTogether(state, announcements);
		return pages.map((value) => ({ status: 'fulfilled' as const, value }));
	});
	const saveAlone = async (announcement: Announcement) => {
		const [pages = -1] = await saveTogether(state, [announcement]);
		return pages;
	};
	const save = isCluster ? saveAlone : saveInRounds;
	return async (change) => {
		const { peerId, aliases } = change;
		await register(state, [peerId]);
		if (aliases.length > 0) {
			if (!(await isStill(state, change))) return false;
			await saveAliases(state, { added: aliases, removed: [] });
		}
		const isEmpty = change.upserted.length + change.removed.length === 0;
		const pages = await save({ change, page: isEmpty ? Buffer.of() : packPage(change) });
		if (pages > mostPages) await tidyPages(state, peerId);
		return pages !== -1;
	};
}

/** A change, and how it is kept: nothing of one that only counts. */
interface Announcement {
	readonly change: CatalogChange;
	readonly page: Buffer;
}

/** Of each how many pages its peer has then, -1 when the peer's progress was another. */
async function saveTogether(
	{ connection, channel, trackerId }: State,
	announcements: readonly Announcement[],
): Promise<number[]> {
	const peerKeys = announcements.flatMap(({ change: { peerId } }) => [
		keys.peer(peerId),
		keys.pages(peerId),
	]);
	const words = announcements.flatMap(({ change, page }) => [
		writeProgress(change.before),
		writeProgress(change.progress),
		writeCatalogLine(change, page.length),
		page,
	]);
	const told = [channel, authorOf(trackerId)];
	const pages = await connection.run(scripts.saveCatalogs, peerKeys, [...told, ...words]);
	return pages as number[];
}

/** Whether a peer's progress is what it was before. */
async function isStill({ connection }: State, { peerId, before }: CatalogChange): Promise<boolean> {
	const [written] = (await connection.send([['HGET', keys.peer(peerId), 'p']])) as [Buffer | null];
	return writeProgress(readProgress(String(written ?? ''))) === writeProgress(before);
}

/** Writes the newer pages of a peer as one. When another tracker is faster, its work counts. */
async function tidyPages({ connection }: State, peerId: PeerId): Promise<void> {
	const key = keys.pages(peerId);
	const [pages] = (await connection.send([['LRANGE', key, 0, -1]])) as [Buffer[]];
	const first = firstToMerge(pages);
	const merged = pages.slice(first);
	await connection.run(
		scripts.replacePages,
		[key],
		[
			first,
			createHash('sha1').update(Buffer.concat(merged)).digest('hex'),
			packMergedPages(merged, first === 0),
		],
	);
}

export async function saveAliases(state: State, change: AliasChange): Promise<void> {
	const freed = change.removed.map((alias) => ['HDEL', keys.aliases, packId(alias)] as const);
	const backward = await state.connection.send(
		change.added.map(({ catalogId }) => ['HGET', keys.aliases, packId(catalogId)] as const),
	);
	const circles = change.added
		.filter(({ alias }, at) => packId(alias).equals((backward[at] as Buffer | null) ?? Buffer.of()))
		.map(({ catalogId }) => ['HDEL', keys.aliases, packId(catalogId)] as const);
	const added = change.added.map(
		({ alias, catalogId }) => ['HSET', keys.aliases, packId(alias), packId(catalogId)] as const,
	);
	await state.connection.send([
		...[...freed, ...circles, ...added],
		publish(state, { kind: 'aliases', change }),
	]);
}

export async function saveSubscription(
	state: State,
	wanted: StoredSubscription,
	most: number,
): Promise<StoredSubscription> {
	const { peerId, catalogId } = wanted;
	await register(state, [peerId]);
	const words = [packId(catalogId), packWish(wanted), most];
	const wish = await state.connection.run(scripts.saveWish, [keys.wishes(peerId)], words);
	if (wish === null) {
		throw new GiggityflixError('resource-exhausted', 'the peer has too many subscriptions');
	}
	const subscription = unpackWish(peerId, packId(catalogId), wish as Buffer);
	await state.connection.send([publish(state, { kind: 'subscribed', subscription })]);
	return subscription;
}

export async function deleteSubscriptions(
	state: State,
	subscriptions: readonly StoredSubscription[],
): Promise<void> {
	if (subscriptions.length === 0) return;
	const calls = subscriptions.map(({ peerId, catalogId, subscriptionId }) => ({
		keys: [keys.wishes(peerId)],
		args: [packId(catalogId), packId(subscriptionId)],
	}));
	await state.connection.runEach(scripts.deleteWish, calls);
	const subscriptionIds = subscriptions.map(({ subscriptionId }) => subscriptionId);
	await state.connection.send([publish(state, { kind: 'unsubscribed', subscriptionIds })]);
}
