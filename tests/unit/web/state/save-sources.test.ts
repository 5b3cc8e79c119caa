// What was being saved, found again after a reload: by the catalog, by the key of its link, or by its magnet.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { SavedThing } from '../../../../peer/saves/save-ports.ts';
import { parseTorrent } from '../../../../peer/torrent/parse-torrent.ts';
import type { ByteSource } from '../../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { CatalogEntrySchema } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { TorrentSchema } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { derivePeerId, type CatalogId } from '../../../../proto/ids.ts';
import { createSaveSources } from '../../../../web/lib/state/save-sources.ts';
import { bencode, testInfo } from '../../../support/torrent-bytes.ts';
import { createDemoPeer } from '../../../support/web/demo-peer.ts';
import { demoSwarms, inlineParser } from '../../../support/web/demo-swarms.ts';

const { signal } = new AbortController();
const catalogId = 'a'.repeat(26) as CatalogId;
const merged = 'b'.repeat(26);
const key = new Uint8Array(33).fill(2);
const ownerId = derivePeerId(key);
const film: SavedThing = { kind: 'film', catalogId };
const torrent = parseTorrent(Uint8Array.from(bencode({ info: testInfo(300_000) })));

const fileSource: ByteSource = {
	open: async () => ({
		...{ sizeBytes: 300_000, modifiedAtMs: 0, mimeType: '', fileName: 'a', sideCars: [] },
	}),
	read: async function* () {
		yield new Uint8Array(1);
	},
	close: () => undefined,
};

function openSources(
	options: { isCatalogAway?: boolean; isOwnerAway?: boolean; isHashed?: boolean } = {},
) {
	const peer = createDemoPeer();
	const swarms = demoSwarms(() => fileSource);
	const entry = create(CatalogEntrySchema, {
		...{ catalogId: merged, title: 'Harbour' },
		owners: [{ peerId: ownerId, publicKey: key, isOnline: options.isOwnerAway !== true }],
		...(options.isHashed && {
			piecesId: new Uint8Array(32).fill(7),
			torrent: create(TorrentSchema, {
				infoHash: Buffer.from(torrent.infoHash, 'hex'),
				name: torrent.name,
			}),
		}),
	});
	const open = createSaveSources({
		...{ peer, swarms, parser: inlineParser, trackerUrls: () => ['wss://films.example/announce'] },
		catalog: {
			async getEntry() {
				if (options.isCatalogAway) throw new GiggityflixError('unavailable', 'no server');
				return { $typeName: 'giggityflix.v1.GetEntryResponse', entry };
			},
		},
	});
	return { open, peer, swarms };
}

describe('a film', () => {
	it('is asked of its owners of now, under the id it goes by now', async () => {
		const { open, peer } = openSources();
		await open(film, signal);
		expect(peer.sources[0]?.target).toMatchObject({ catalogId: merged, ownerPeerIds: [ownerId] });
	});

	it('needs no catalog when its link names the owner, and cannot be found without either', async () => {
		const { open, peer } = openSources({ isCatalogAway: true });
		await open({ ...film, ownerPublicKey: key }, signal);
		expect(peer.sources[0]?.target).toMatchObject({ catalogId, ownerPeerIds: [ownerId] });
		await expect(open(film, signal)).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('comes from its swarm as well, and from its owner alone while that is of use', async () => {
		const { open, peer } = openSources({ isHashed: true });
		await open(film, signal);
		const { infoHash, name } = torrent;
		expect(peer.sources[0]?.joined).toEqual([{ infoHash, name }]);
		expect(peer.sources[0]?.startedAlone).toEqual([]);
	});

	it.each([
		['by the catalog', true],
		['because nobody answers', false],
	])('comes from others when its owner is away %s', async (_, isOwnerAway) => {
		const { open, peer } = openSources({ isHashed: true, isOwnerAway });
		await open(film, signal);
		const [source] = peer.sources;
		source?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		expect(source?.startedAlone.length).toBeGreaterThan(0);
		expect(new Set(source?.startedAlone.map(({ infoHash }) => infoHash))).toEqual(
			new Set([torrent.infoHash]),
		);
	});

	it('is opened once more without its owner, when they fail while it is opened', async () => {
		const { open, peer } = openSources({ isHashed: true });
		const saved = await open(film, signal);
		const [source] = peer.sources;
		source?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		source?.failToOpen(new GiggityflixError('unavailable', 'nobody answers'));
		expect(await saved.open(signal)).toMatchObject({ fileName: 'film.mp4' });
	});

	it('is not opened when it fails and nobody else may say what it is', async () => {
		const { open, peer } = openSources({ isHashed: true });
		const saved = await open(film, signal);
		peer.sources[0]?.failToOpen(new GiggityflixError('corrupt', 'another file'));
		await expect(saved.open(signal)).rejects.toMatchObject({ code: 'corrupt' });
	});

	it('leaves its source alone once the save has ended', async () => {
		const { open, peer } = openSources({ isHashed: true });
		(await open(film, signal)).close();
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		expect(peer.sources[0]?.startedAlone).toEqual([]);
	});

	it('is never asked of others when whoever answers is not the owner', async () => {
		const { open, peer } = openSources({ isHashed: true });
		await open(film, signal);
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unauthenticated', retryAtMs: 0 });
		expect(peer.sources[0]?.startedAlone).toEqual([]);
	});

	it('is let go of when the save ends', async () => {
		const { open, peer } = openSources();
		(await open(film, signal)).close();
		expect(peer.sources[0]?.isClosed).toBe(true);
	});
});

describe('a file of a magnet', () => {
	const magnet = `magnet:?xt=urn:btih:${torrent.infoHash}&tr=${encodeURIComponent('wss://a/x')}`;
	const thing: SavedThing = { kind: 'torrent-file', magnet, fileIndex: 0 };

	it('is looked for on our tracker and the link’s, and left with the save', async () => {
		const { open, swarms } = openSources();
		const opening = open(thing, signal);
		swarms.joined[0]?.find(torrent);
		const source = await opening;
		expect(swarms.joined[0]?.request.trackers).toEqual([
			'wss://films.example/announce',
			'wss://a/x',
		]);
		const facts = await source.open(signal);
		expect(await source.pieces(facts, signal)).toMatchObject({
			offsetBytes: 0,
			totalBytes: 300_000,
		});
		source.close();
		expect(swarms.joined[0]?.isLeft).toBe(true);
	});

	it('needs nobody who says what is in it when that was known, and its HTTP seeds are asked', async () => {
		const { open, swarms } = openSources();
		const seed = 'https://seed.example/';
		const source = await open(
			{ ...thing, magnet: `${magnet}&ws=${encodeURIComponent(seed)}`, info: torrent.info },
			signal,
		);
		expect(swarms.joined[0]?.request).toMatchObject({
			...{ torrent: { infoHash: torrent.infoHash }, httpSeeds: [seed] },
		});
		source.close();
	});

	it('is left when the save is stopped before anybody was found', async () => {
		const { open, swarms } = openSources();
		const stop = new AbortController();
		const opening = open(thing, stop.signal);
		stop.abort(new GiggityflixError('cancelled', 'stopped'));
		await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
		expect(swarms.joined[0]?.isLeft).toBe(true);
	});
});
