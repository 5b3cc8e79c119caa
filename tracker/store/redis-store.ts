// What several trackers share, in Redis. Truth lives here and every claim is decided here, by one script each; yet all
// of it can be had again, from the trackers that remember it and from the peers that announce it, so Redis needs no
// disk. Emptiness is noticed by an epoch that is gone, or by the marks of a node.
import type { Logger, RandomBytes } from '../ports.ts';
import { connectRedis, type RedisSettings } from './redis-connection.ts';
import { keys, markCount, newsChannel } from './redis-layout.ts';
import { createRedisLeases } from './redis-leases.ts';
import { readNews } from './redis-news.ts';
import { load, loadPeer } from './redis-reading.ts';
import { lead, stepDown } from './redis-scripts.ts';
import {
	beginAnewUnlessWhole,
	countWrites,
	knownPeers,
	noteEpoch,
	register,
	type State,
} from './redis-state.ts';
import type { StoreNews, TrackerStore } from './tracker-store.ts';
import {
	bindKey,
	createCatalogWriter,
	deleteSubscriptions,
	saveAliases,
	savePresence,
	saveSubscription,
} from './redis-writing.ts';

export interface RedisStoreDeps {
	readonly settings: RedisSettings;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
}

/** Begins to connect at once; the first call waits for that. A server that is away is met with `unavailable`. */
export function createRedisStore({ settings, randomBytes, logger }: RedisStoreDeps): TrackerStore {
	const connection = connectRedis(settings, ({ message }) => {
		logger.warn('Redis is in trouble', { reason: message });
	});
	const isCluster = 'nodes' in settings;
	const state: State = {
		connection,
		trackerId: randomName(randomBytes),
		channel: newsChannel(isCluster ? 0 : settings.db),
		marks: Array.from({ length: isCluster ? markCount : 0 }, (_, number) => keys.mark(number)),
		registered: new Set(),
		epoch: undefined,
		tell: () => undefined,
		...countWrites(),
	};
	const { trackerId, channel } = state;
	const saveCatalog = createCatalogWriter(state, isCluster);
	return {
		load: () => load(state),
		loadPeer: (peerId) => loadPeer(state, peerId),
		bindKey: (peerId, publicKey) => state.during(bindKey(state, peerId, publicKey)),
		savePresence: (peers) => state.during(savePresence(state, peers)),
		saveCatalog: (change) => state.during(saveCatalog(change)),
		saveAliases: (change) => state.during(saveAliases(state, change)),
		saveSubscription: (subscription, most) =>
			state.during(saveSubscription(state, subscription, most)),
		deleteSubscriptions: (subscriptions) => state.during(deleteSubscriptions(state, subscriptions)),
		openLeases: () =>
			createRedisLeases({
				...{ connection, trackerId, channel },
				register: (peerIds) => register(state, peerIds),
				knownPeers: () => knownPeers(state),
			}),
		follow: (listener) => follow(state, listener),
		lead: async (durationMs) => {
			if (isCluster) await beginAnewUnlessWhole(state);
			const words = [trackerId, Math.trunc(durationMs), randomName(randomBytes), state.epoch ?? ''];
			const answer = await connection.run(lead, [keys.speaker, keys.epoch], words);
			const [leadsMs, epoch] = answer as [number, Buffer];
			noteEpoch(state, String(epoch));
			return leadsMs;
		},
		close: async () => {
			await state.finished();
			await connection.run(stepDown, [keys.speaker], [trackerId]).catch(() => undefined);
			await connection.close();
		},
	};
}

async function follow(state: State, listener: (news: StoreNews) => void): Promise<void> {
	state.tell = listener;
	const missed = () => {
		listener({ kind: 'missed' });
	};
	const hear = (message: Buffer) => {
		for (const news of readNews(state.trackerId, message)) listener(news);
	};
	await state.connection.listen(state.channel, hear, missed);
}

function randomName(randomBytes: RandomBytes): string {
	const bytes = new Uint8Array(8);
	randomBytes(bytes);
	return Buffer.from(bytes).toString('hex');
}
