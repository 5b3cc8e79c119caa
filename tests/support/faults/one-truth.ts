// The check after every fault: peers, the log of events and what anybody can ask the cluster say the same. Nothing that
// was acknowledged is lost, nothing counts twice, no catalog id has changed, and nothing is left to do.
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { expect } from 'vitest';
import { CatalogService, type CatalogEntry } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { AnnouncingPeer, EdgeAddresses } from './announcing-peer.ts';
import type { FaultCluster } from './fault-cluster.ts';
import type { Load } from './load.ts';
import {
	deadLetterTopics,
	lagOf,
	lastTold,
	openSessions,
	readEvents,
	replayCatalog,
} from './told-events.ts';

/** Everything is right again within this after any fault. */
export const recovery = { timeout: 60_000, interval: 250 };

interface Observed {
	readonly cluster: FaultCluster;
	readonly peers: readonly AnnouncingPeer[];
	readonly load: Load;
	/** Catalog ids of which nobody could tell that they went. */
	readonly forgotten?: ReadonlySet<string>;
}

export async function expectOneTruth(observed: Observed): Promise<void> {
	const { cluster, peers, load } = observed;
	const left = recoveryFromNow();
	const before = peers.map((peer) => peer.counts().announced);
	// The cluster takes announcements again, from everybody.
	await expect
		.poll(() => peers.every((peer, at) => peer.counts().announced > before[at]! + 2), left())
		.toBe(true);
	await load.whilePaused(async () => {
		await expect.poll(() => peers.every((peer) => peer.isQuiet()), left()).toBe(true);
		const entries = expectedEntries(peers);
		for (const edge of cluster.edges) {
			await expect.poll(() => catalogAt(edge, peers), left()).toEqual(entries);
		}
		await expect.poll(() => lagOf(brokersOf(cluster), cluster.group), left()).toBe(0);
		await expectTheSameWasTold(observed, left);
	});
	expect(peers.flatMap((peer) => peer.violations())).toEqual([]);
	expect(await deadLetterTopics(brokersOf(cluster))).toEqual([]);
}

async function expectTheSameWasTold(
	{ cluster, peers, forgotten }: Observed,
	left: () => typeof recovery,
): Promise<void> {
	const offered = new Map<string, string>(peers.flatMap((peer) => [...peer.films()]));
	const theirs = new Set<string>(peers.flatMap((peer) => [...peer.everOffered()]));
	const history = () => readEvents(brokersOf(cluster));
	const ofThem = <Value>(told: Map<string, Value>) => sorted(told).filter(([id]) => theirs.has(id));
	expect(ofThem(replayCatalog(await history()))).toEqual(sorted(offered));
	const everyFilmOnce = sorted(new Map(Array.from(offered.keys(), (id) => [id, 1])));
	await expect
		.poll(async () => {
			const told = lastTold(await history());
			for (const id of forgotten ?? []) if (!offered.has(id)) told.delete(id);
			return ofThem(told);
		}, left())
		.toEqual(everyFilmOnce);
	const everyPeerOnce = peers.map(({ peerId }) => peerId as string).toSorted();
	await expect
		.poll(async () => {
			const present = openSessions(await history()).map(({ peerId }) => peerId);
			return present.filter((peerId) => everyPeerOnce.includes(peerId)).toSorted();
		}, left())
		.toEqual(everyPeerOnce);
}

/** One time for everything that has to come right, not one for each. */
function recoveryFromNow(): () => typeof recovery {
	const endMs = performance.now() + recovery.timeout;
	return () => ({ ...recovery, timeout: Math.max(1, endMs - performance.now()) });
}

const brokersOf = ({ broker }: FaultCluster) => [broker.address];

interface SeenEntry {
	readonly catalogId: string;
	readonly title: string;
	readonly owners: readonly { readonly peerId: string; readonly isOnline: boolean }[];
}

function expectedEntries(peers: readonly AnnouncingPeer[]): SeenEntry[] {
	const entries = peers.flatMap(({ peerId, films }) =>
		Array.from(films(), ([catalogId, title]) => {
			const owners = [{ peerId: peerId as string, isOnline: true }];
			return { catalogId: catalogId, title, owners };
		}),
	);
	return entries.toSorted(byCatalogId);
}

/** All that a viewer at this edge finds of these peers; of an edge that cannot answer, why. */
async function catalogAt(
	{ url }: EdgeAddresses,
	peers: readonly AnnouncingPeer[],
): Promise<SeenEntry[] | string> {
	const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1' });
	const client = createClient(CatalogService, transport);
	const found: CatalogEntry[] = [];
	try {
		let pageCursor = '';
		do {
			const page = await client.search({ pageSize: 200, pageCursor });
			found.push(...page.entries);
			pageCursor = page.nextPageCursor;
		} while (pageCursor !== '');
	} catch (error) {
		return String(error);
	}
	const isTheirs = ({ owners }: CatalogEntry) =>
		owners.some(({ peerId }) => peers.some((peer) => peer.peerId === peerId));
	return found
		.filter(isTheirs)
		.map(({ catalogId, title, owners }) => ({
			...{ catalogId, title },
			owners: owners.map(({ peerId, isOnline }) => ({ peerId, isOnline })),
		}))
		.toSorted(byCatalogId);
}

function byCatalogId(one: SeenEntry, other: SeenEntry): number {
	return one.catalogId < other.catalogId ? -1 : 1;
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
	return [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
