// Reads everything, or one peer, out of Redis. What an emptied database says is never taken for true.
import type { PeerId } from '../../proto/ids.ts';
import { keys, readProgress, unpackId, unpackWish } from './redis-layout.ts';
import { mergePages } from './redis-pages.ts';
import type { Command } from './redis-connection.ts';
import { knownPeers, readAll, requireSameEpoch, type State } from './redis-state.ts';
import type { StoredOffer, StoredPeer, StoredTracker } from './tracker-store.ts';

export async function load(state: State): Promise<StoredTracker> {
	const { connection } = state;
	await requireSameEpoch(state);
	const peerIds = await knownPeers(state);
	const read = async (commandOf: (peerId: PeerId) => Command) =>
		(await readAll(connection, peerIds.map(commandOf))) as Buffer[][];
	const [peers, pages, wishes] = [
		await read((peerId) => ['HGETALL', keys.peer(peerId)]),
		await read((peerId) => ['LRANGE', keys.pages(peerId), 0, -1]),
		await read((peerId) => ['HGETALL', keys.wishes(peerId)]),
	];
	const [aliases] = (await connection.send([['HGETALL', keys.aliases]])) as [Buffer[]];
	await requireSameEpoch(state);
	return {
		peers: peerIds.flatMap((peerId, at) => readPeer(peerId, peers[at] ?? []) ?? []),
		offers: peerIds
			.flatMap((peerId, at) => mergePages(peerId, pages[at] ?? []).upserted)
			.sort((one, other) => one.addedAtMs - other.addedAtMs),
		aliases: pairs(aliases).map(([alias, target]) => ({
			alias: unpackId(alias),
			catalogId: unpackId(target),
		})),
		subscriptions: peerIds.flatMap((peerId, at) =>
			pairs(wishes[at] ?? []).map(([field, value]) => unpackWish(peerId, field, value)),
		),
	};
}

export async function loadPeer(
	state: State,
	peerId: PeerId,
): Promise<{ peer: StoredPeer; offers: StoredOffer[] } | undefined> {
	const [record, pages] = (await state.connection.send([
		['HGETALL', keys.peer(peerId)],
		['LRANGE', keys.pages(peerId), 0, -1],
	])) as [Buffer[], Buffer[]];
	await requireSameEpoch(state);
	const peer = readPeer(peerId, record);
	return peer && { peer, offers: [...mergePages(peerId, pages).upserted] };
}

/** Undefined when nothing is written of the peer itself; it may have subscriptions all the same. */
function readPeer(peerId: PeerId, record: readonly Buffer[]): StoredPeer | undefined {
	if (record.length === 0) return undefined;
	const fields = new Map(pairs(record).map(([field, value]) => [String(field), value]));
	return {
		peerId,
		publicKey: new Uint8Array(fields.get('k') ?? []),
		displayName: String(fields.get('n') ?? ''),
		lastSeenAtMs: Number(fields.get('s') ?? 0),
		isHeld: false,
		progress: readProgress(String(fields.get('p') ?? '')),
	};
}

function pairs(flat: readonly Buffer[]): [Buffer, Buffer][] {
	const found: [Buffer, Buffer][] = [];
	for (let at = 0; at + 1 < flat.length; at += 2) {
		const [field, value] = [flat[at], flat[at + 1]];
		if (field && value) found.push([field, value]);
	}
	return found;
}
