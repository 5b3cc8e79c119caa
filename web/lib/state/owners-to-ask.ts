// Whom a film is asked of: who is believed whatever they send, and who has to prove it. Rule: a link's key names
// the one who is believed; without a key, an entry of several owners is proved by its pieces alone. Pure.
import { bytesToHex } from '@noble/hashes/utils.js';
import type { OtherOwners, WatchConnection } from '../../../peer/peer.ts';
import type { CatalogEntry } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parseCatalogId, parsePeerId, type PeerId } from '../../../proto/ids.ts';

export interface OwnersToAsk {
	readonly believed: readonly PeerId[];
	/** Absent when nobody can prove anything: the film is not hashed yet. */
	readonly others?: OtherOwners;
}

/** `key` is that of the link. */
export function ownersToAsk(entry: CatalogEntry, key: Uint8Array | undefined): OwnersToAsk {
	const peerIds = entry.owners.map((owner) => parsePeerId(owner.peerId));
	const ofKey = entry.owners
		.filter(({ publicKey }) => isOfKey(publicKey, key))
		.map((owner) => parsePeerId(owner.peerId));
	if (!entry.piecesId) return { believed: ofKey };
	const isProved = key === undefined && peerIds.length > 1;
	const believed = isProved ? [] : ofKey;
	const durationMs = entry.facts?.durationMs;
	return {
		believed,
		others: {
			catalogId: parseCatalogId(entry.catalogId),
			peerIds: peerIds.filter((peerId) => !believed.includes(peerId)),
			piecesId: bytesToHex(entry.piecesId),
			...(durationMs !== undefined && { durationMs: Number(durationMs) }),
		},
	};
}

/** Whether others may say what the film is: those the link means are away by the catalog, or nobody of them answers. */
export function mayStartWithoutOwner(
	entry: CatalogEntry,
	key: Uint8Array | undefined,
	connection: WatchConnection | undefined,
): boolean {
	if (!entry.piecesId || !entry.owners.some(({ publicKey }) => isOfKey(publicKey, key)))
		return false;
	const isLost = connection?.kind === 'lost' && connection.reason !== 'unauthenticated';
	return isLost || isOwnerAway(entry, key);
}

/** Whether none of those the link means can be reached now. */
function isOwnerAway(entry: CatalogEntry, key: Uint8Array | undefined): boolean {
	const meant = entry.owners.filter(({ publicKey }) => isOfKey(publicKey, key));
	return meant.length > 0 && meant.every(({ isOnline }) => !isOnline);
}

/** Without a key anybody is. */
export function isOfKey(publicKey: Uint8Array, key: Uint8Array | undefined): boolean {
	if (key === undefined) return true;
	return publicKey.length === key.length && publicKey.every((byte, index) => byte === key[index]);
}
