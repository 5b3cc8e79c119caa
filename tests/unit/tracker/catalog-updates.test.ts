// One announcement, stored before it counts, and safe to repeat.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	said,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

const film = catalogIdOf('laptop', 1);

describe('an update of a catalog', () => {
	const warn = vi.fn();
	let world: TrackerWorld;
	beforeEach(async () => {
		warn.mockClear();
		world = await openTrackerWorld({ warn });
	});
	afterEach(() => world.stop());

	it('stores an announcement before anybody hears of it', async () => {
		const saveCatalog = world.store.saveCatalog.bind(world.store);
		const heard: number[] = [];
		vi.spyOn(world.store, 'saveCatalog').mockImplementation(async (change) => {
			const isStored = await saveCatalog(change);
			heard.push((await world.client.search({})).total);
			return isStored;
		});
		await world.share('laptop', 1, [makeOffer(1)]);
		expect(heard).toEqual([0]);
		expect((await world.client.search({})).total).toBe(1);
		expect((await world.store.load()).offers).toHaveLength(1);
	});

	it('applies an announcement that the store refused when it is delivered again', async () => {
		vi.spyOn(world.store, 'saveCatalog').mockRejectedValueOnce(new Error('disk full'));
		await world.announce('laptop', 1, [makeOffer(1)]);
		await vi.waitFor(() => {
			world.clock.advance(100);
			expect(world.bus.counts()).toMatchObject({ waiting: 0, retried: 1, putAside: 0 });
		});
		expect((await world.client.search({})).total).toBe(1);
	});

	it.each([
		['a snapshot leaves out', { isSnapshot: true }],
		['is named', { isSnapshot: false, removedCatalogIds: [film] }],
	])('tells that a film is gone before that is stored, and once, when it %s', async (_, fields) => {
		await world.share('laptop', 1, [makeOffer(1), makeOffer(2)]);
		const saveCatalog = world.store.saveCatalog.bind(world.store);
		const toldBefore: unknown[] = [];
		vi.spyOn(world.store, 'saveCatalog').mockImplementation(async (change) => {
			await vi.waitFor(() => expect(said(world, film)).toHaveLength(2));
			toldBefore.push(...said(world, film));
			return saveCatalog(change);
		});
		await world.announce('laptop', 2, [makeOffer(2)], fields);
		await world.settle();
		expect(toldBefore).toEqual([0, 'removed']);
		expect(said(world, film)).toEqual([0, 'removed']);
	});

	it('tells that a film is there again whose removal could not be stored, until it is', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		vi.spyOn(world.store, 'saveCatalog').mockRejectedValueOnce(new Error('disk full'));
		await world.announce('laptop', 2, []);
		await vi.waitFor(() => expect(world.bus.counts().retried).toBe(1));
		expect((await world.client.search({})).total).toBe(1);
		await vi.waitFor(() => {
			world.clock.advance(100);
			expect(world.bus.counts()).toMatchObject({ waiting: 0, retried: 1, putAside: 0 });
		});
		expect(said(world, film)).toEqual([0, 'removed', 0, 'removed']);
		expect((await world.client.search({})).total).toBe(0);
	});

	it('keeps to it that a film is gone while nobody knows whether the removal is stored', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		const saveCatalog = world.store.saveCatalog.bind(world.store);
		vi.spyOn(world.store, 'saveCatalog').mockImplementationOnce(async (change) => {
			await saveCatalog(change);
			throw new GiggityflixError('timed-out', 'the store does not answer');
		});
		await world.announce('laptop', 2, []);
		await vi.waitFor(() => {
			expect(warn).toHaveBeenCalledWith('an event waits', expect.anything());
		});
		expect(said(world, film)).toEqual([0, 'removed']);
		world.clock.advance(250);
		await world.settle();
		expect(said(world, film)).toEqual([0, 'removed']);
		expect((await world.client.search({})).total).toBe(0);
	});

	it('tells that a film is there again whose removal the store, once it answers, does not have', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		vi.spyOn(world.store, 'saveCatalog')
			.mockRejectedValueOnce(new GiggityflixError('unavailable', 'the store is away'))
			.mockRejectedValueOnce(new Error('disk full'));
		await world.announce('laptop', 2, []);
		await vi.waitFor(() => {
			expect(warn).toHaveBeenCalledWith('an event waits', expect.anything());
		});
		expect(said(world, film)).toEqual([0, 'removed']);
		world.clock.advance(250);
		await vi.waitFor(() => expect(said(world, film)).toEqual([0, 'removed', 0]));
	});

	it('tells that a film is gone although what came with that could not be merged', async () => {
		const digest = new Uint8Array(32).fill(1);
		const content = { mediaId: digest, piecesId: digest };
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.share('nas', 1, [makeOffer(2, content)]);
		vi.spyOn(world.store, 'saveAliases').mockRejectedValueOnce(new Error('disk full'));
		await Promise.all([
			world.announce('laptop', 2, []),
			world.announce('phone', 1, [makeOffer(3, content)]),
		]);
		await vi.waitFor(() => {
			world.clock.advance(100);
			expect(world.bus.counts()).toMatchObject({ waiting: 0, retried: 2, putAside: 0 });
		});
		const gone = catalogIdOf('laptop', 1);
		expect(world.changes.findLast(({ catalogId }) => catalogId === gone)?.removed).toBe(true);
	});

	it('reports a page that never came', async () => {
		await world.announce('laptop', 1, [makeOffer(1)], { page: 1 });
		await world.settle();
		expect(warn).toHaveBeenCalledExactlyOnceWith('a catalog announcement is missing', {
			peerId: 'laptop',
			sequence: 1,
			page: 1,
		});
	});

	it('removes only what belongs to the peer that says so', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.announce('thief', 1, [], { removedCatalogIds: [catalogIdOf('laptop', 1)] });
		await world.settle();
		expect((await world.client.search({})).total).toBe(1);
	});
});
