// Peers are told which ids their offers go by: at once when they are here, again whenever they come back, slowly.
import type { EdgeCommand } from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, EdgeId } from '../../../proto/ids.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';
import type { TrackerStore } from '../../../tracker/store/tracker-store.ts';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

const contentOf = (number: number) => {
	const digest = new Uint8Array(32).fill(number);
	return { mediaId: digest, piecesId: digest };
};
const content = contentOf(7);
const film = catalogIdOf('laptop', 1);
const copy = catalogIdOf('nas', 2);

describe('remapping', () => {
	const store: TrackerStore = createEmbeddedStore(':memory:');
	let world: TrackerWorld;
	let commands: EdgeCommand[];

	async function open(options: Parameters<typeof openTrackerWorld>[0] = {}) {
		world = await openTrackerWorld(options);
		commands = [];
		const topics = ['edge-a', 'edge-b'].map((edge) => world.topics.edgeCommands(edge as EdgeId));
		await world.bus.subscribe({
			group: 'edges',
			topics,
			handle: async ({ body }) => {
				if (body.case === 'edgeCommand') commands.push(body.value);
			},
		});
	}
	beforeEach(() => open());
	afterEach(() => world.stop());

	/** Lets the courier walk for a while. */
	async function walk(durationMs = 1_000) {
		for (let passedMs = 0; passedMs < durationMs; passedMs += 50) {
			world.clock.advance(50);
			await world.settle();
		}
	}
	const told = () =>
		commands.map(({ peerId, request }) =>
			request.case === 'fileRemap'
				? [peerId, request.value.oldCatalogId, request.value.newCatalogId]
				: [],
		);
	/** Two peers with the same film, the laptop's being older. */
	async function shareTwice() {
		await world.comeOnline('laptop', 's1');
		await world.comeOnline('nas', 's2', 'edge-b');
		await world.share('laptop', 1, [makeOffer(1, content)]);
		world.clock.advance(10);
		await world.share('nas', 1, [makeOffer(2, content)]);
	}

	it('makes one entry with two owners, found by both ids and once by search', async () => {
		await shareTwice();
		await walk();
		expect(told()).toEqual([['nas', copy, film]]);
		for (const catalogId of [film, copy]) {
			const { entry } = await world.client.getEntry({ catalogId });
			expect(entry).toMatchObject({ catalogId: film, ...content });
			expect(entry?.owners.map(({ peerId }) => peerId).sort()).toEqual(['laptop', 'nas']);
			expect((await world.client.locateMedia({ catalogId })).leases).toHaveLength(2);
		}
		expect((await world.client.search({})).entries.map(({ catalogId }) => catalogId)).toEqual([
			film,
		]);
		expect(world.changes.at(-1)).toMatchObject({ catalogId: film, availablePeers: 2 });
	});

	it('tells a peer that was away, and again each time it comes back', async () => {
		await shareTwice();
		await world.goOffline('nas', 's2', 'edge-b');
		await walk();
		commands.length = 0;
		await world.comeOnline('nas', 's3', 'edge-a');
		await walk();
		await world.goOffline('nas', 's3', 'edge-a');
		await world.comeOnline('nas', 's4', 'edge-b');
		await walk();
		expect(told()).toEqual([
			['nas', copy, film],
			['nas', copy, film],
		]);
		expect(new Set(commands.map(({ commandId }) => commandId)).size).toBe(2);
	});

	it('is not faster than a peer may answer', async () => {
		await world.comeOnline('laptop', 's1');
		await world.comeOnline('nas', 's2');
		const offers = (first: number) =>
			Array.from({ length: 100 }, (_, index) => makeOffer(first + index, contentOf(index)));
		await world.share('laptop', 1, offers(1));
		world.clock.advance(10);
		await world.share('nas', 1, offers(1_000));
		await walk(1_000);
		expect(commands.length).toBeLessThanOrEqual(21);
		await walk(5_000);
		expect(new Set(told().map(String)).size).toBe(100);
	});

	it('goes on when the bus refuses, and repeats it when the peer comes back', async () => {
		const publish = world.bus.publish.bind(world.bus);
		const refusing = vi
			.spyOn(world.bus, 'publish')
			.mockImplementation((topic, key, body) =>
				body.case === 'edgeCommand' ? Promise.reject(new Error('away')) : publish(topic, key, body),
			);
		await shareTwice();
		await walk();
		refusing.mockRestore();
		await world.comeOnline('nas', 's2', 'edge-b');
		await walk();
		expect(told()).toEqual([['nas', copy, film]]);
	});

	it('meets a subscription to an id that was merged into an entry that can be watched', async () => {
		await shareTwice();
		await world.goOffline('laptop', 's1');
		await world.goOffline('nas', 's2', 'edge-b');
		await world.client.createSubscription({ peerId: 'phone', catalogId: copy });
		await world.comeOnline('laptop', 's3');
		expect(world.matches).toMatchObject([{ peerId: 'phone', entry: { catalogId: film } }]);
	});

	it('meets a subscription when the merge itself makes its film watchable', async () => {
		await world.comeOnline('nas', 's2');
		await world.share('nas', 1, [makeOffer(2)]);
		await world.goOffline('nas', 's2');
		await world.client.createSubscription({ peerId: 'phone', catalogId: copy });
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1, content)]);
		expect(world.matches).toEqual([]);
		// The last announcement of a peer that has left is still on the bus.
		await world.share('nas', 2, [makeOffer(2, content)]);
		expect(world.matches).toMatchObject([{ peerId: 'phone' }]);
	});

	it('never tells of a link-only film, nor lists it with a public one', async () => {
		await world.comeOnline('laptop', 's1');
		await world.comeOnline('nas', 's2');
		await world.share('laptop', 1, [makeOffer(1, content)]);
		await world.share('nas', 1, [makeOffer(2, { ...content, visibility: Visibility.LINK_ONLY })]);
		await walk();
		expect(commands).toEqual([]);
		const { entry } = await world.client.getEntry({ catalogId: film });
		expect(entry?.owners.map(({ peerId }) => peerId)).toEqual(['laptop']);
		expect((await world.client.search({})).total).toBe(1);
	});

	it('takes an owner out who removes the film, and keeps both ids', async () => {
		await shareTwice();
		await world.share('laptop', 2, []);
		for (const catalogId of [film, copy] as CatalogId[]) {
			const { entry } = await world.client.getEntry({ catalogId });
			expect(entry?.owners.map(({ peerId }) => peerId)).toEqual(['nas']);
		}
	});

	it('survives a restart, and finishes what a crash interrupted', async () => {
		await world.stop();
		await open({ store });
		await shareTwice();
		await world.stop();
		await open({ store });
		const { entry } = await world.client.getEntry({ catalogId: copy });
		expect(entry?.catalogId).toBe(film);
		// As after a crash between the announcement and the merge.
		await store.saveAliases({ added: [], removed: [copy] });
		await world.stop();
		await open({ store });
		expect((await world.client.getEntry({ catalogId: copy })).entry?.owners).toHaveLength(2);
	});

	it('merges when the announcement is delivered again that the store refused to merge', async () => {
		vi.spyOn(world.store, 'saveAliases').mockRejectedValueOnce(new Error('disk full'));
		await world.share('laptop', 1, [makeOffer(1, content)]);
		await world.announce('nas', 1, [makeOffer(2, content)]);
		await vi.waitFor(() => {
			world.clock.advance(100);
			expect(world.bus.counts()).toMatchObject({ waiting: 0, retried: 1, putAside: 0 });
		});
		expect((await world.client.search({})).total).toBe(1);
	});
});
