// An entry as viewers get it.
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaFactsSchema } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

describe('an entry', () => {
	let world: TrackerWorld;
	beforeEach(async () => {
		world = await openTrackerWorld();
	});
	afterEach(() => world.stop());
	const film = catalogIdOf('laptop', 1);

	it('carries everything its offer says', async () => {
		const said = {
			title: '<img src=x onerror=alert(1)>',
			sizeBytes: 2n ** 40n,
			folder: '../../etc',
			facts: create(MediaFactsSchema, { durationMs: 5_000n, mimeType: 'video/mp4' }),
			mediaId: new Uint8Array(32).fill(1),
			piecesId: new Uint8Array(32).fill(3),
			posterId: new Uint8Array(32).fill(2),
			year: 1979,
			season: 0,
			episode: 3,
		};
		await world.share('laptop', 1, [makeOffer(1, said)]);
		const { entry } = await world.client.getEntry({ catalogId: film });
		expect(entry).toMatchObject({ catalogId: film, ...said });
		expect(entry?.addedAtMs).toBe(BigInt(world.clock.now()));
	});

	it('leaves out what its offer does not say', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		const { entry } = await world.client.getEntry({ catalogId: film });
		expect(entry).toBeDefined();
		const unsaid = [
			'year',
			'season',
			'episode',
			'mediaId',
			'piecesId',
			'posterId',
			'facts',
		] as const;
		for (const name of unsaid) {
			expect(entry?.[name]).toBeUndefined();
		}
	});

	it('names the owner that was here longest first, and those away last', async () => {
		for (const peerId of ['laptop', 'nas', 'phone']) {
			await world.announce(peerId, 1, [makeOffer(1)], { catalogId: film });
		}
		await world.settle();
		await world.comeOnline('phone', 's1');
		world.clock.advance(1_000);
		await world.comeOnline('laptop', 's2');
		const { entry } = await world.client.getEntry({ catalogId: film });
		const owners = entry?.owners.map(({ peerId, isOnline }) => `${peerId} ${String(isOnline)}`);
		expect(owners).toEqual(['phone true', 'laptop true', 'nas false']);
		const { leases } = await world.client.locateMedia({ catalogId: film });
		expect(leases.map(({ peerId }) => peerId)).toEqual(['phone', 'laptop']);
	});

	it('keeps the time of its first announcement', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		const addedAtMs = BigInt(world.clock.now());
		world.clock.advance(1_000);
		await world.share('laptop', 2, [makeOffer(1, { title: 'New' })]);
		const { entry } = await world.client.getEntry({ catalogId: film });
		expect(entry).toMatchObject({ title: 'New', addedAtMs });
	});
});
