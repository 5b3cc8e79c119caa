// Who can seed a torrent, found by its info hash.
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TorrentSchema, Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

const infoHash = new Uint8Array(20).fill(5);
const otherInfoHash = new Uint8Array(20).fill(6);
const torrent = create(TorrentSchema, { infoHash, name: 'Film.mp4' });
const renamed = create(TorrentSchema, { infoHash: otherInfoHash, name: 'The Film.mp4' });
const mediaId = new Uint8Array(32).fill(9);
const piecesId = new Uint8Array(32).fill(3);
const film = catalogIdOf('laptop', 1);

describe('a torrent', () => {
	let world: TrackerWorld;
	beforeEach(async () => {
		world = await openTrackerWorld();
		await world.comeOnline('laptop', 's1');
	});
	afterEach(() => world.stop());
	const seeders = async (wanted = infoHash) => {
		const { leases } = await world.client.locateTorrent({ infoHash: wanted });
		return leases.map(({ peerId }) => peerId);
	};

	it('is found while a peer offers it to everyone, and told with its entry', async () => {
		await expect(seeders()).rejects.toThrow(/not_found/);
		await world.share('laptop', 1, [makeOffer(1, { torrent })]);
		expect(await world.client.locateTorrent({ infoHash })).toMatchObject({
			...{ catalogId: film, torrent },
			leases: [{ peerId: 'laptop' }],
		});
		expect((await world.client.getEntry({ catalogId: film })).entry?.torrent).toEqual(torrent);
		await world.share('laptop', 2, [makeOffer(1)]);
		await expect(seeders()).rejects.toThrow(/not_found/);
	});

	it('is not found through an offer that is shared by link', async () => {
		await world.share('laptop', 1, [makeOffer(1, { torrent, visibility: Visibility.LINK_ONLY })]);
		await expect(seeders()).rejects.toThrow(/not_found/);
		const { entry } = await world.client.getEntry({ catalogId: film });
		expect(entry).toMatchObject({ catalogId: film });
		expect(entry?.torrent).toBeUndefined();
	});

	it('has every owner of the content, whatever their file is called', async () => {
		await world.share('laptop', 1, [makeOffer(1, { mediaId, piecesId, torrent })]);
		world.clock.advance(10);
		await world.comeOnline('nas', 's2');
		await world.share('nas', 1, [makeOffer(2, { mediaId, piecesId, torrent: renamed })]);
		expect((await seeders()).sort()).toEqual(['laptop', 'nas']);
		expect(await world.client.locateTorrent({ infoHash: otherInfoHash })).toMatchObject({
			...{ catalogId: film, torrent: renamed },
		});
		expect((await world.client.getEntry({ catalogId: film })).entry?.torrent).toEqual(torrent);
		await world.goOffline('laptop', 's1');
		expect(await seeders()).toEqual(['nas']);
	});
});
