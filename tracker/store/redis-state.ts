// What every part of the Redis store works with: the connection, who this tracker is, which peers are in the table of all
// peers, and whether the database is still the one it was.
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import type { Command, RedisConnection } from './redis-connection.ts';
import { keys, markOf, shardCount, shardOf } from './redis-layout.ts';
import { writeNews, type ToldNews } from './redis-news.ts';
import type { StoreNews } from './tracker-store.ts';

/** Keys read in one round trip. */
const keysPerRound = 500;

export interface State {
	readonly connection: RedisConnection;
	/** Names this tracker among those on the store, anew with every start. */
	readonly trackerId: string;
	readonly channel: string;
	/** Keys of the marks; none where there is one server, which loses all or nothing. */
	readonly marks: readonly string[];
	/** Peers that are in the table of all peers, as far as this tracker has seen to it. */
	readonly registered: Set<PeerId>;
	/** As this tracker found it first, or after it was told of another; undefined before. */
	epoch: string | undefined;
	tell: (news: StoreNews) => void;
	/** Keeps `finished` waiting for a write. */
	readonly during: <Result>(write: Promise<Result>) => Promise<Result>;
	readonly finished: () => Promise<unknown>;
}

export function countWrites(): Pick<State, 'during' | 'finished'> {
	const underWay = new Set<Promise<unknown>>();
	return {
		during: async (write) => {
			underWay.add(write);
			try {
				return await write;
			} finally {
				underWay.delete(write);
			}
		},
		finished: () => Promise.allSettled(underWay),
	};
}

/** Returns whether the store still is the one it was. */
export function noteEpoch(state: State, epoch: string): boolean {
	const isSame = state.epoch === undefined || state.epoch === epoch;
	state.epoch = epoch;
	if (isSame) return true;
	state.registered.clear();
	state.tell({ kind: 'emptied' });
	return false;
}

/** What is read from a store that was emptied must not be mistaken for what there is. */
export async function requireSameEpoch(state: State): Promise<void> {
	const { epoch, isWhole } = await readEpoch(state);
	if (epoch === undefined && state.epoch === undefined) return;
	if (epoch !== undefined && isWhole && noteEpoch(state, epoch)) return;
	throw new GiggityflixError('unavailable', 'the store was emptied');
}

/** A cluster of which one node has lost its memory begins anew, as if all had: what the others have stays and is right. */
export async function beginAnewUnlessWhole(state: State): Promise<void> {
	const { isWhole } = await readEpoch(state);
	if (isWhole) return;
	// In this order whoever looks meanwhile never takes it for whole.
	await state.connection.send([['DEL', keys.epoch]]);
	await state.connection.send(state.marks.map((mark) => ['SET', mark, 1] as const));
}

async function readEpoch({ connection, marks }: State) {
	const questions = [keys.epoch, ...marks].map((key) => ['GET', key] as const);
	const [epoch, ...found] = (await connection.send(questions)) as (Buffer | null)[];
	return { epoch: epoch?.toString(), isWhole: found.every((mark) => mark !== null) };
}

export async function register(state: State, peerIds: readonly PeerId[]): Promise<void> {
	const missing = peerIds.filter((peerId) => !state.registered.has(peerId));
	if (missing.length === 0) return;
	await state.connection.send(
		missing.map((peerId) => {
			const mark = markOf(peerId);
			return ['HSET', keys.peers(shardOf(mark)), mark, peerId] as const;
		}),
	);
	for (const peerId of missing) state.registered.add(peerId);
}

export async function knownPeers({ connection }: State): Promise<PeerId[]> {
	const tables = Array.from({ length: shardCount }, (_, shard) => keys.peers(shard));
	const rows = await readAll(
		connection,
		tables.map((key) => ['HVALS', key] as const),
	);
	return rows.flatMap((row) => (row as Buffer[]).map((name) => String(name) as PeerId));
}

export function inWords({ trackerId }: State, news: ToldNews): string {
	return writeNews(trackerId, news);
}

export function publish(state: State, news: ToldNews): readonly [string, string, string] {
	return ['PUBLISH', state.channel, inWords(state, news)];
}

export async function readAll(
	connection: RedisConnection,
	commands: readonly Command[],
): Promise<unknown[]> {
	const answers: unknown[] = [];
	for (let first = 0; first < commands.length; first += keysPerRound) {
		answers.push(...(await connection.send(commands.slice(first, first + keysPerRound))));
	}
	return answers;
}
