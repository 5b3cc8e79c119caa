// Who owns each entry, packed: about a quarter of what a key for each entry would take. Many entries are changed by one
// call. Knows no offers and no aliases.
import type { CatalogId, PeerId } from '../../proto/ids.ts';
import type { Argument, RedisConnection } from './redis-connection.ts';
import { keys, markOf, packId, shardOf } from './redis-layout.ts';
import { changeOwners, findOwners } from './redis-scripts.ts';

export interface RedisEntries {
	/** Makes a peer an owner of some entries and no longer one of others. Atomic for each entry, and may be repeated. */
	change(
		peerId: PeerId,
		entries: { added: readonly CatalogId[]; removed: readonly CatalogId[] },
	): Promise<void>;
	ownersOf(catalogIds: readonly CatalogId[]): Promise<PeerId[]>;
}

/** Entries changed by one call: a millisecond of Redis's time. */
const entriesPerCall = 250;

const fieldOf = (id: Buffer) => id.subarray(2, 14);

export function createRedisEntries(connection: RedisConnection): RedisEntries {
	return {
		change: async (peerId, { added, removed }) => {
			const changes = [
				...added.map((catalogId) => ({ id: packId(catalogId), sign: '+' })),
				...removed.map((catalogId) => ({ id: packId(catalogId), sign: '-' })),
			];
			const calls = [];
			for (let first = 0; first < changes.length; first += entriesPerCall) {
				const shards = new Map<number, number>();
				const args: Argument[] = [markOf(peerId)];
				for (const { id, sign } of changes.slice(first, first + entriesPerCall)) {
					const shard = shardOf(id);
					const position = shards.get(shard) ?? shards.size + 1;
					shards.set(shard, position);
					args.push(position, fieldOf(id), sign);
				}
				calls.push({ keys: Array.from(shards.keys(), keys.entries), args });
			}
			if (calls.length > 0) await connection.runEach(changeOwners, calls);
		},
		ownersOf: async (catalogIds) => {
			const ids = catalogIds.map(packId);
			const answers = await connection.runEach(
				findOwners,
				ids.map((id) => ({ keys: [keys.entries(shardOf(id))], args: [fieldOf(id)] })),
			);
			const marks = new Map<string, Buffer>();
			for (const owners of answers as Buffer[]) {
				for (let at = 0; at < owners.length; at += 8) {
					const mark = owners.subarray(at, at + 8);
					marks.set(mark.toString('latin1'), mark);
				}
			}
			if (marks.size === 0) return [];
			const names = await connection.send(
				Array.from(marks.values(), (mark) => ['HGET', keys.peers(shardOf(mark)), mark] as const),
			);
			return (names as (Buffer | null)[]).flatMap((name) =>
				name ? [name.toString() as PeerId] : [],
			);
		},
	};
}
