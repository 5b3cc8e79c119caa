// What Redis holds for a peer and for a catalog entry, and how many entries a second one tracker writes, beside
// redis-benchmark on the same server. `node tests/bench/tracker-store.ts [entries]`, 100,000 unless said otherwise.
import { execFileSync } from 'node:child_process';
import { create } from '@bufbuild/protobuf';
import { MediaFactsSchema } from '../../proto/gen/giggityflix/v1/media_pb.js';
import { deriveCatalogId, randomId, type OfferId, type PeerId } from '../../proto/ids.ts';
import { noProgress } from '../../tracker/catalog-progress.ts';
import { connectRedis } from '../../tracker/store/redis-connection.ts';
import { createRedisEntries } from '../../tracker/store/redis-entries.ts';
import { createRedisStore } from '../../tracker/store/redis-store.ts';
import type { StoredOffer } from '../../tracker/store/tracker-store.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { keyOf, makeOffer } from '../support/tracker-world.ts';
import { printComparison, printFigure } from './measure.ts';

const entryCount = Number(process.argv[2] ?? 100_000);
const offersPerPeer = 100;
/** Peers written at once, as one batch of events would be. */
const peersAtOnce = 32;
const yardstickCalls = 500_000;

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

	const connection = connectRedis(server.settings, console.warn);
	const entries = createRedisEntries(connection);
	const startedAt = performance.now();
	const perEntry = await bytesOf(server, entryCount, () =>
		inRounds(peers, ({ peerId, offers }) =>
			entries.change(peerId, { added: offers.map(({ catalogId }) => catalogId), removed: [] }),
		),
	);
	const indexedPerSecond = entryCount / ((performance.now() - startedAt) / 1_000);
	await connection.close();
	printFigure('Redis memory of a packed entry', perEntry, 'B', 32);
	for (const millions of [10, 100]) {
		const bytes = perEntry * millions * 1e6;
		printFigure(`… of ${millions} million of them, projected`, bytes / 2 ** 30, 'GiB');
	}

	const describedAt = performance.now();
	const perDescription = await bytesOf(server, entryCount, () =>
		inRounds(peers, async ({ peerId, offers }) => {
			const progress = { completeSequence: 1, appliedSequence: 1, appliedPages: 1 };
			const change = { peerId, before: noProgress, progress, upserted: offers };
			await store.saveCatalog({ ...change, removed: [], aliases: [] });
		}),
	);
	const announcedPerSecond = entryCount / ((performance.now() - describedAt) / 1_000);
	printFigure('Redis memory of the description of an entry', perDescription, 'B');
	await store.close();

	const yardstick = runRedisBenchmark(server);
	printComparison({
		what: 'Packed entries written',
		...{ ours: indexedPerSecond, yardstick, unit: '/s', goal: { atLeast: 0.5 } },
	});
	printComparison({
		what: 'Announced entries written, with description, progress and news',
		...{ ours: announcedPerSecond, yardstick, unit: '/s' },
	});
}

function makePeer(number: number): { peerId: PeerId; offers: StoredOffer[] } {
	const peerId = `gf${number.toString(32).padStart(32, 'a')}` as PeerId;
	const offers = Array.from({ length: offersPerPeer }, (_, at): StoredOffer => {
		const offerId = randomId<OfferId>(randomBytes);
		const facts = create(MediaFactsSchema, {
			...{ durationMs: 7_320_000n, widthPx: 1_920, heightPx: 1_080, mimeType: 'video/mp4' },
			...{ videoCodec: 'avc1.640028', audioCodec: 'mp4a.40.2' },
		});
		const mediaId = randomBytes(new Uint8Array(32));
		const offer = makeOffer(at, { offerId, facts, mediaId, title: `A film of a usual name ${at}` });
		const catalogId = deriveCatalogId(peerId, offerId);
		return { peerId, offerId, catalogId, sequence: 1, addedAtMs: 1_700_000_000_000, offer };
	});
	return { peerId, offers };
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

/** One HSET at a time, a hundred in flight: what this server does at best. */
function runRedisBenchmark({ settings }: TestRedis): number {
	const options = ['-h', settings.host, '-p', String(settings.port), '-c', '50', '-P', '100'];
	const command = ['HSET', 'bench:__rand_int__', 'f', '12345678'];
	const sizes = ['-n', String(yardstickCalls), '-r', '1000', '--csv'];
	const output = execFileSync('redis-benchmark', [...options, ...sizes, ...command]).toString();
	return Number(/",\s*"([\d.]+)"/.exec(output.trim().split('\n').at(-1) ?? '')?.[1] ?? NaN);
}
