// What a large library costs while nobody wants anything of it, with the links, swarms and announcements of the headless
// peer: nothing at all. Only what everyone may have is ever announced, and only once somebody wants it.
import { create } from '@bufbuild/protobuf';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPeer } from '../../peer/create-peer.ts';
import type { LibraryItem } from '../../peer/library/library-item.ts';
import { without } from '../../peer/library/without.ts';
import { dataChannelLinks } from '../../peer/node/data-channel-links.ts';
import { nodeWebTorrent } from '../../peer/node/webtorrent-client.ts';
import type { Peer } from '../../peer/peer.ts';
import { parseInfo } from '../../peer/torrent/parse-torrent.ts';
import { createTransfers } from '../../peer/transfer/create-transfers.ts';
import { webtorrentSwarms } from '../../peer/webtorrent/webtorrent-swarms.ts';
import { SwarmWantedSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { OfferId } from '../../proto/ids.ts';
import { listeners, openAnnounceEdge, type AnnounceEdge } from '../support/announce-edge.ts';
import { offerId } from '../support/offers.ts';
import { createFakeClock } from '../support/peer/fake-clock.ts';
import { createMemoryFolder } from '../support/peer/memory-folder.ts';
import { createPeerFixture } from '../support/peer/peer-fixture.ts';

const halfAnHourMs = 30 * 60_000;
const modifiedAtMs = 1_000;

let announceEdge: AnnounceEdge;
let cleanups: (() => Promise<void>)[];

beforeEach(async () => {
	announceEdge = await openAnnounceEdge(listeners[0]![1]);
	cleanups = [() => announceEdge.close()];
});
afterEach(async () => {
	for (const cleanup of cleanups.reverse()) await cleanup();
});

/** A person's place: every peer that is started there has the same folder, library and edge. */
function createPlace() {
	const clock = createFakeClock();
	const counts = { connections: 0, torrentClients: 0, sleeps: 0 };
	const joined: string[] = [];
	const links = dataChannelLinks({ clock, ownServers: [] });
	const webTorrent = nodeWebTorrent();
	const swarms = webtorrentSwarms({
		openClient(options) {
			counts.torrentClients += 1;
			return webTorrent.open(options);
		},
		parser: { parseInfo: async (info, infoHash) => parseInfo(info, infoHash) },
		iceServers: () => [],
		uploadCap: { take: () => undefined },
		clock,
	});
	const fixture = createPeerFixture({
		clock: {
			...clock,
			sleep(durationMs, signal) {
				counts.sleeps += 1;
				return clock.sleep(durationMs, signal);
			},
		},
		peerLinks: {
			create(options) {
				counts.connections += 1;
				return links.create(options);
			},
		},
		createTransfers,
		seeding: {
			swarms: {
				join(request) {
					joined.push(request.infoHash);
					return swarms.join(request);
				},
			},
			announceUrls: () => [announceEdge.url],
		},
	});
	cleanups.push(() => webTorrent.close());
	const start = async (): Promise<Peer> => {
		const peer = createPeer(fixture.deps);
		cleanups.push(() => peer.stop());
		await peer.start();
		return peer;
	};
	return { ...fixture, clock, counts, joined, start };
}

/** All about the films of a folder is known, here and at the edge. */
async function share(
	{ clock, edge }: ReturnType<typeof createPlace>,
	peer: Peer,
	folder: ReturnType<typeof createMemoryFolder>,
): Promise<readonly LibraryItem[]> {
	await peer.addFolder(folder);
	await clock.until(() => {
		const isKnown = peer
			.items()
			.every(({ catalogId, storedPosterId }) => catalogId && storedPosterId);
		const offered = [...edge.catalog().values()].filter(({ torrent }) => torrent);
		return isKnown && offered.length === folder.files.size;
	});
	return peer.items();
}

/** One film is learnt of, and the others are as if they had been: so the library is there at once. */
async function idle(filmCount: number) {
	const place = createPlace();
	const { clock, counts, edge, store } = place;
	const folder = createMemoryFolder('Films');
	folder.write('Film 0.mkv', 'film', modifiedAtMs);
	const first = await place.start();
	const [known] = await share(place, first, folder);
	await first.stop();
	const copies = Array.from({ length: filmCount - 1 }, (_, index) => ({
		...without(known!, 'catalogId'),
		offerId: offerId(index) as OfferId,
		path: `Film ${String(index + 1)}.mkv`,
	}));
	for (const { path } of copies) folder.write(path, 'film', modifiedAtMs);
	await store.changeItems({ saved: copies, deletedOfferIds: [] });
	await place.start();
	const offersWithTorrent = () => [...edge.catalog().values()].filter(({ torrent }) => torrent);
	await clock.until(() => offersWithTorrent().length === filmCount);
	await clock.advance(60_000);
	const sleepsBefore = counts.sleeps;
	await clock.advance(halfAnHourMs);
	return { ...counts, sleeps: counts.sleeps - sleepsBefore };
}

it('ten thousand shared films cost no connection, and no more timers than one', async () => {
	const one = await idle(1);
	const many = await idle(10_000);

	expect(many).toMatchObject({ connections: 0, torrentClients: 0 });
	expect(many.sleeps).toBeLessThanOrEqual(one.sleeps + 2);
	// Heartbeats and what they wait for, five a minute.
	expect(one.sleeps).toBeLessThan(180);
	expect(announceEdge.door.counts()).toMatchObject({ connections: 0, swarms: 0, peers: 0 });
}, 60_000);

it('of those that are wanted, only the ones for everyone are announced', async () => {
	const place = createPlace();
	const folder = createMemoryFolder('Films', {
		'Secret.mkv': 'a',
		'Linked.mkv': 'b',
		'Open.mkv': 'c',
	});
	const peer = await place.start();
	const items = await share(place, peer, folder);
	// Hashed while everyone could have them, so that there is a torrent to ask for.
	const [secret, linked, open] = ['Secret', 'Linked', 'Open'].map((title) =>
		items.find((item) => item.title === title)!,
	);
	await peer.setItemSharing(secret!.offerId, 'private');
	await peer.setItemSharing(linked!.offerId, 'link-only');
	await place.clock.advance(60_000);
	expect([...place.edge.catalog().values()].filter(({ torrent }) => torrent)).toMatchObject([
		{ offerId: open!.offerId },
	]);

	for (const { catalogId, torrent, title } of [secret!, linked!, open!]) {
		const value = create(SwarmWantedSchema, {
			catalogId: catalogId!,
			torrent: { infoHash: hexToBytes(torrent!.infoHash), name: `${title}.mkv` },
			...{ onAnnounceTracker: true, forMs: 60_000 },
		});
		place.edge.say({ case: 'swarmWanted', value });
	}

	await expect.poll(() => announceEdge.door.counts().peers).toBe(1);
	expect(place.joined).toEqual([open!.torrent!.infoHash]);
	expect(announceEdge.door.counts()).toMatchObject({ connections: 1, swarms: 1 });
	expect(place.counts.connections).toBe(0);
});
