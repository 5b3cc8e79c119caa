// What every tracker store must do, as tests. An adapter's own test file calls describeTrackerStore with a
// medium that can be opened again.
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
	FileOfferSchema,
	MediaFactsSchema,
	Visibility,
} from '../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, PeerId, SubscriptionId } from '../../proto/ids.ts';
import { noProgress } from '../../tracker/catalog-progress.ts';
import type {
	CatalogChange,
	StoredOffer,
	StoredSubscription,
	TrackerStore,
} from '../../tracker/store/tracker-store.ts';
import { catalogIdOf, keyOf, makeOffer, offerIdOf } from '../support/tracker-world.ts';

/** Where one test's data lies. `open` opens it, again after a store on it was closed. */
export interface StoreMedium {
	open(): Promise<TrackerStore>;
	dispose(): Promise<void>;
}

export function describeTrackerStore(name: string, makeMedium: () => Promise<StoreMedium>): void {
	describe(`${name} keeps the contract of TrackerStore`, () => {
		let medium: StoreMedium;
		let store: TrackerStore;

		beforeEach(async () => {
			medium = await makeMedium();
			store = await medium.open();
		});
		afterEach(async () => {
			await store.close();
			await medium.dispose();
		});

		const reopen = async () => {
			await store.close();
			store = await medium.open();
			return store.load();
		};

		it('is empty at first', async () => {
			expect(await store.load()).toEqual({ peers: [], offers: [], aliases: [], subscriptions: [] });
		});

		it('binds a peer id to its first key and keeps it', async () => {
			expect(await store.bindKey(laptop, keyOf('first'))).toEqual(keyOf('first'));
			expect(await store.bindKey(laptop, keyOf('second'))).toEqual(keyOf('first'));
			const { peers } = await reopen();
			expect(peers).toEqual([
				{
					peerId: laptop,
					publicKey: keyOf('first'),
					displayName: '',
					lastSeenAtMs: 0,
					isHeld: false,
					progress: noProgress,
				},
			]);
		});

		it('binds one key when many claim at once', async () => {
			const keys = Array.from({ length: 20 }, (_, index) => keyOf(`key-${index}`));
			const bound = await Promise.all(keys.map((key) => store.bindKey(laptop, key)));
			expect(new Set(bound.map(String)).size).toBe(1);
		});

		it('binds a key to a peer that was known without one', async () => {
			await store.saveCatalog(change({ upserted: [offer(1)] }));
			expect(await store.bindKey(laptop, keyOf('first'))).toEqual(keyOf('first'));
			expect(await store.bindKey(laptop, keyOf('second'))).toEqual(keyOf('first'));
		});

		it('records presence, and leaves a name alone that is not given', async () => {
			const phone = 'phone' as PeerId;
			await store.savePresence([
				{ peerId: laptop, lastSeenAtMs: 5, displayName: 'Anna' },
				{ peerId: phone, lastSeenAtMs: 6, displayName: 'Ben' },
			]);
			await store.savePresence([
				{ peerId: laptop, lastSeenAtMs: 7 },
				{ peerId: phone, lastSeenAtMs: 8, displayName: '' },
			]);
			const { peers } = await reopen();
			const names = peers.map((peer) => [peer.peerId, peer.displayName, peer.lastSeenAtMs]);
			expect(names.sort()).toEqual([
				['laptop', 'Anna', 7],
				['phone', '', 8],
			]);
		});

		it('keeps every field of an offer', async () => {
			const full = offer(1, {
				offer: create(FileOfferSchema, {
					...makeOffer(1),
					title: 'Amélie "; DROP TABLE offers; --',
					sizeBytes: 2n ** 40n,
					visibility: Visibility.LINK_ONLY,
					mediaId: new Uint8Array(32).fill(7),
					year: 2001,
					facts: create(MediaFactsSchema, { durationMs: 7_320_000n, mimeType: 'video/mp4' }),
				}),
			});
			await store.saveCatalog(change({ upserted: [full] }));
			expect((await reopen()).offers).toEqual([full]);
		});

		it('changes offers and progress together, and keeps peers apart', async () => {
			const other = change({
				peerId: 'nas' as PeerId,
				upserted: [offer(1, { peerId: 'nas' as PeerId })],
			});
			await store.saveCatalog(other);
			await store.saveCatalog(change({ upserted: [offer(1), offer(2)] }));
			const progress = { completeSequence: 1, appliedSequence: 2, appliedPages: 3 };
			const renamed = offer(2, { sequence: 2, catalogId: catalogIdOf('nas', 1) });
			await store.saveCatalog(
				change({ progress, upserted: [renamed, offer(3)], removed: [offerIdOf(1), offerIdOf(9)] }),
			);
			const { offers, peers } = await reopen();
			const mine = offers.filter(({ peerId }) => peerId === laptop);
			expect(mine.toSorted((a, b) => (a.offerId < b.offerId ? -1 : 1))).toEqual([
				renamed,
				offer(3),
			]);
			expect(offers).toHaveLength(3);
			expect(peers.find(({ peerId }) => peerId === laptop)?.progress).toEqual(progress);
		});

		it('adds and frees aliases without an announcement', async () => {
			const [a, b, c] = [1, 2, 3].map((number) => catalogIdOf('laptop', number)) as [
				CatalogId,
				CatalogId,
				CatalogId,
			];
			const added = [a, b].map((alias) => ({ alias, catalogId: c }));
			await store.saveAliases({ added, removed: [] });
			await store.saveAliases({ added: [{ alias: c, catalogId: b }], removed: [a] });
			expect((await reopen()).aliases).toEqual([{ alias: c, catalogId: b }]);
		});

		it('keeps aliases and never closes a circle of two', async () => {
			const [a, b, c] = [1, 2, 3].map((number) => catalogIdOf('laptop', number)) as [
				CatalogId,
				CatalogId,
				CatalogId,
			];
			await store.saveCatalog(change({ aliases: [{ alias: a, catalogId: b }] }));
			await store.saveCatalog(change({ aliases: [{ alias: c, catalogId: b }] }));
			await store.saveCatalog(change({ aliases: [{ alias: b, catalogId: a }] }));
			const { aliases } = await reopen();
			expect(aliases).toHaveLength(2);
			expect(aliases).toEqual(
				expect.arrayContaining([
					{ alias: c, catalogId: b },
					{ alias: b, catalogId: a },
				]),
			);
		});

		it('keeps, prolongs and deletes subscriptions', async () => {
			const [one, two, three] = [1, 2, 3].map(subscription) as [
				StoredSubscription,
				StoredSubscription,
				StoredSubscription,
			];
			for (const each of [one, two, three]) await store.saveSubscription(each, 3);
			const again = { ...two, subscriptionId: one.subscriptionId, expiresAtMs: 99 };
			expect(await store.saveSubscription(again, 3)).toEqual({ ...two, expiresAtMs: 99 });
			await store.deleteSubscriptions([one, one]);
			const { subscriptions } = await reopen();
			expect(subscriptions).toHaveLength(2);
			expect(subscriptions).toEqual(expect.arrayContaining([{ ...two, expiresAtMs: 99 }, three]));
		});

		it('keeps as many subscriptions of a peer as it may have, and prolongs them still', async () => {
			const made = await Promise.allSettled(
				[1, 2, 3, 4, 5].map((number) => store.saveSubscription(subscription(number), 3)),
			);
			const refused = made.filter(({ status }) => status === 'rejected');
			expect(refused).toMatchObject([1, 2].map(() => ({ reason: { code: 'resource-exhausted' } })));
			const { subscriptions } = await store.load();
			expect(subscriptions).toHaveLength(3);
			for (const each of subscriptions) await store.saveSubscription(each, 3);
		});

		it('stores an announcement only on the progress it was planned on', async () => {
			const first = { completeSequence: 1, appliedSequence: 1, appliedPages: 0 };
			const outcomes = await Promise.all([
				store.saveCatalog(change({ progress: first, upserted: [offer(1)] })),
				store.saveCatalog(change({ progress: first, upserted: [offer(1)] })),
			]);
			expect(outcomes.toSorted()).toEqual([false, true]);
			expect(await store.saveCatalog(change({ upserted: [offer(2)] }))).toBe(false);
			const next = { ...first, completeSequence: 2, appliedSequence: 2 };
			const follows = change({ before: first, progress: next, removed: [offerIdOf(1)] });
			expect(await store.saveCatalog(follows)).toBe(true);
			expect((await reopen()).offers).toEqual([]);
		});

		it('reads one peer with its offers', async () => {
			expect(await store.loadPeer(laptop)).toBeUndefined();
			await store.saveCatalog(change({ upserted: [offer(1), offer(2)] }));
			await store.saveCatalog(
				change({ peerId: 'nas' as PeerId, upserted: [offer(3, { peerId: 'nas' as PeerId })] }),
			);
			const { peers } = await store.load();
			const read = await store.loadPeer(laptop);
			expect(read?.peer).toEqual(peers.find(({ peerId }) => peerId === laptop));
			expect(read?.offers).toHaveLength(2);
			expect(read?.offers).toEqual(expect.arrayContaining([offer(1), offer(2)]));
		});

		it('keeps what is left after hundreds of announcements, and what one peer has apart from another', async () => {
			const nas = 'nas' as PeerId;
			const model = new Map<string, StoredOffer>();
			for (let round = 1; round <= 150; round += 1) {
				const peerId = round % 7 === 0 ? nas : laptop;
				const numbers = [round, round + 1, (round * 31) % 40];
				const upserted = numbers.map((number) => offer(number, { peerId, sequence: round }));
				const removed = [round - 1, (round * 17) % 40]
					.filter((number) => !numbers.includes(number))
					.map(offerIdOf);
				expect(await store.saveCatalog(change({ peerId, upserted, removed }))).toBe(true);
				for (const each of upserted) model.set(`${peerId} ${each.offerId}`, each);
				for (const offerId of removed) model.delete(`${peerId} ${offerId}`);
			}
			const { offers } = await reopen();
			const read = new Map(offers.map((each) => [`${each.peerId} ${each.offerId}`, each]));
			expect(offers).toHaveLength(read.size);
			expect(read).toEqual(model);
		});

		it('keeps thousands of offers of one announcement', async () => {
			const numbers = Array.from({ length: 3_000 }, (_, number) => number);
			await store.saveCatalog(change({ upserted: numbers.map((number) => offer(number)) }));
			const removed = numbers.filter((number) => number % 3 === 0).map(offerIdOf);
			await store.saveCatalog(change({ removed }));
			const { offers } = await reopen();
			expect(new Set(offers.map(({ offerId }) => offerId))).toEqual(
				new Set(numbers.filter((number) => number % 3 !== 0).map(offerIdOf)),
			);
		});

		it('is led by whoever asks first', async () => {
			expect(await store.lead(5_000)).toBeGreaterThan(0);
			expect(await store.lead(5_000)).toBeGreaterThan(0);
		});

		it('stores what was written right before it is closed', async () => {
			const writes = [1, 2, 3].map((number) => store.saveSubscription(subscription(number), 9));
			const { subscriptions } = await reopen();
			await Promise.all(writes);
			expect(subscriptions).toHaveLength(3);
		});
	});
}

const laptop = 'laptop' as PeerId;

function offer(number: number, fields: Partial<StoredOffer> = {}): StoredOffer {
	return {
		peerId: laptop,
		offerId: offerIdOf(number),
		catalogId: catalogIdOf('laptop', number),
		sequence: 1,
		addedAtMs: 1_000 + number,
		offer: makeOffer(number),
		...fields,
	};
}

function change(fields: Partial<CatalogChange>): CatalogChange {
	return {
		peerId: laptop,
		before: noProgress,
		progress: noProgress,
		upserted: [],
		removed: [],
		aliases: [],
		...fields,
	};
}

function subscription(number: number): StoredSubscription {
	return {
		subscriptionId: offerIdOf(number) as string as SubscriptionId,
		peerId: laptop,
		catalogId: catalogIdOf('nas', number),
		expiresAtMs: 50 + number,
	};
}
