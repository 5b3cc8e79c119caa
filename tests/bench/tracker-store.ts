// What Redis holds for a peer and for a catalog entry, and how many entries a second one tracker writes, beside
// redis-benchmark on the same server. `node tests/bench/tracker-store.ts [entries]`, 100,000 unless said otherwise.
import { create } from '@bufbuild/protobuf';
import {
	FileOfferSchema,
	MediaFactsSchema,
	TorrentSchema,
	type FileOffer,
} from '../../proto/gen/giggityflix/v1/media_pb.js';
import { deriveCatalogId, randomId, type OfferId, type PeerId } from '../../proto/ids.ts';
import { noProgress } from '../../tracker/catalog-progress.ts';
import { createRedisStore } from '../../tracker/store/redis-store.ts';
import type { StoredOffer, TrackerStore } from '../../tracker/store/tracker-store.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { keyOf, makeOffer } from '../support/tracker-world.ts';
import { printComparison, printFigure } from './measure.ts';
import { runRedisBenchmark } from './redis-benchmark.ts';

const entryCount = Number(process.argv[2] ?? 100_000);
const offersPerPeer = 100;
/** Peers written at once, as one batch of events would be. */
const peersAtOnce = 32;
/** What no packing makes smaller: the offer id; the media id, the pieces id and the info hash. */
const bytesOfId = 16;
const bytesOfHashes = 32 + 32 + 20;

const words =
	'night river last house king summer dark city road home lost golden winter blood moon silent garden iron sea dance'.split(
		' ',
	);
const drawBelow = (limit: number) => Math.floor(Math.random() * limit);
const drawWord = () => words[drawBelow(words.length)] ?? '';

const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
const logger = { info: () => undefined, warn: console.warn };

const redis = await startRedis();
try {
	await measure(redis);
} finally {
	await redis.close();
}

async function measure(server: TestRedis): Promise<void> {
	const peers = Array.from({ length: entryCount / offersPerPeer }, (_, number) => makePeer(number));
	const store = createRedisStore({ settings: server.settings, randomBytes, logger });
	// The tables themselves, before anything is counted.
	await store.lead(1_000);

	const perPeer = await bytesOf(server, peers.length, () =>
		inRounds(peers, async ({ peerId }) => {
			await store.savePresence([
				{ peerId, lastSeenAtMs: Date.now(), displayName: 'Anna’s laptop' },
			]);
			await store.bindKey(peerId, keyOf(peerId));
		}),
	);
	printFigure('Redis memory of a peer', perPeer, 'B');

	const named = await announce(server, store, peers.map(leaveOutDescriptions));
	printFigure('Redis memory of an id and its owner', named.bytes, 'B', 32);
	const listed = await announce(server, store, peers);
	printFigure('Redis memory of an entry before its film is hashed', listed.bytes, 'B', 64);
	printFigure('… beside its id, which is random', listed.bytes - bytesOfId, 'B', 32);
	const hashed = await announce(server, store, peers.map(hashFilms));
	const packed = hashed.bytes - bytesOfId - bytesOfHashes;
	printFigure('Redis memory of an entry with all its hashes', hashed.bytes, 'B');
	printFigure('… beside its id and hashes, which are random', packed, 'B', 32);
	for (const millions of [10, 100]) {
		const gibibytes = (hashed.bytes * millions * 1e6) / 2 ** 30;
		printFigure(`… of ${millions} million of them, projected`, gibibytes, 'GiB');
	}
	await store.close();

	const yardstick = runRedisBenchmark(server);
	printComparison({
		what: 'Announced entries written, with description, progress and news',
		...{ ours: listed.perSecond, yardstick, unit: '/s', goal: { atLeast: 0.5 } },
	});
}

interface AnnouncingPeer {
	readonly peerId: PeerId;
	readonly offers: StoredOffer[];
}

function makePeer(number: number): AnnouncingPeer {
	const peerId = `gf${number.toString(32).padStart(32, 'a')}` as PeerId;
	const offers = Array.from({ length: offersPerPeer }, (_, at): StoredOffer => {
		const offerId = randomId<OfferId>(randomBytes);
		const durationMs = BigInt(4_800_000 + drawBelow(4_000_000));
		const facts = create(MediaFactsSchema, {
			...{ durationMs, widthPx: 1_920, heightPx: 1_080, mimeType: 'video/mp4' },
			...{ videoCodec: 'avc1.640028', audioCodec: 'mp4a.40.2' },
		});
		const offer = makeOffer(at, {
			offerId,
			facts,
			...describeFilm(number * offersPerPeer + at),
		});
		const catalogId = deriveCatalogId(peerId, offerId);
		return { peerId, offerId, catalogId, sequence: 1, addedAtMs: 1_700_000_000_000, offer };
	});
	return { peerId, offers };
}

/** The same ids at another peer: what it takes to know who has what, and nothing of what that is. */
function leaveOutDescriptions({ offers }: AnnouncingPeer, number: number): AnnouncingPeer {
	const peerId = `gf${number.toString(32).padStart(32, 'c')}` as PeerId;
	return moveOffers(peerId, offers, ({ offerId }) => create(FileOfferSchema, { offerId }));
}

/** The same films at another peer, who has hashed them. */
function hashFilms({ offers }: AnnouncingPeer, number: number): AnnouncingPeer {
	const hash = (bytes: number) => randomBytes(new Uint8Array(bytes));
	const peerId = `gf${number.toString(32).padStart(32, 'b')}` as PeerId;
	return moveOffers(peerId, offers, ({ offer }) => {
		const torrent = create(TorrentSchema, { infoHash: hash(20), name: `${offer.title}.mp4` });
		return create(FileOfferSchema, { ...offer, mediaId: hash(32), piecesId: hash(32), torrent });
	});
}

function moveOffers(
	peerId: PeerId,
	offers: readonly StoredOffer[],
	change: (stored: StoredOffer) => FileOffer,
): AnnouncingPeer {
	const moved = offers.map((stored): StoredOffer => {
		const catalogId = deriveCatalogId(peerId, stored.offerId);
		return { ...stored, peerId, catalogId, offer: change(stored) };
	});
	return { peerId, offers: moved };
}

/** What each entry adds to Redis, and how many are written a second. */
async function announce(
	server: TestRedis,
	store: TrackerStore,
	peers: readonly AnnouncingPeer[],
): Promise<{ bytes: number; perSecond: number }> {
	const startedAt = performance.now();
	const bytes = await bytesOf(server, entryCount, () =>
		inRounds(peers, async ({ peerId, offers }) => {
			const progress = { completeSequence: 1, appliedSequence: 1, appliedPages: 1 };
			const change = { peerId, before: noProgress, progress, upserted: offers };
			await store.saveCatalog({ ...change, removed: [], aliases: [] });
		}),
	);
	return { bytes, perSecond: entryCount / ((performance.now() - startedAt) / 1_000) };
}

/** What differs from one film to the next, drawn anew: a title of three words, and numbers. */
function describeFilm(number: number) {
	return {
		title: `The ${drawWord()} ${drawWord()} of ${drawWord()} ${number % 97}`,
		sizeBytes: BigInt(700_000_000 + drawBelow(3_000_000_000)),
		modifiedAtMs: BigInt(1_500_000_000_000 + drawBelow(200_000_000) * 1_000),
		year: 1950 + drawBelow(75),
	};
}

async function inRounds<Item>(
	items: readonly Item[],
	work: (item: Item) => Promise<void>,
): Promise<void> {
	for (let first = 0; first < items.length; first += peersAtOnce) {
		await Promise.all(items.slice(first, first + peersAtOnce).map(work));
	}
}

/** What the work added to the data set, by the thing counted. */
async function bytesOf(
	server: TestRedis,
	count: number,
	work: () => Promise<void>,
): Promise<number> {
	const before = await dataBytes(server);
	await work();
	return ((await dataBytes(server)) - before) / count;
}

async function dataBytes({ client }: TestRedis): Promise<number> {
	const info = await client.info('memory');
	const read = (field: string) => Number(new RegExp(`${field}:(\\d+)`).exec(info)?.[1] ?? NaN);
	// Scripts and the buffers of connections are no data.
	return read('used_memory_dataset') + read('used_memory_overhead') - read('mem_clients_normal');
}
