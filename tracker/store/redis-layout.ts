// Where everything lies in Redis and how it is packed. Rule: what one script touches shares a hash tag, so that each
// script runs on one node of a cluster. Entries are packed many to a key (see redis-entries.ts); the rest of a peer
// lies in keys of its own. Pure.
import { createHash } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileOfferSchema } from '../../proto/gen/giggityflix/v1/media_pb.js';
import {
	deriveCatalogId,
	type CatalogId,
	type OfferId,
	type PeerId,
	type SubscriptionId,
} from '../../proto/ids.ts';
import { noProgress, type CatalogProgress } from '../catalog-progress.ts';
import type { StoredOffer, StoredSubscription } from './tracker-store.ts';

/** Parts the tables of entries and of peers are cut into for good; each may live on another node. */
export const shardCount = 4_096;

export const keys = {
	/** A hash: k the public key, n the name, s when it was last seen, p its progress. */
	peer: (peerId: PeerId) => `gf:{${peerId}}`,
	/** A hash of packed offers by offer id. */
	offers: (peerId: PeerId) => `gf:{${peerId}}:offers`,
	/** A hash of subscriptions by catalog id. */
	wishes: (peerId: PeerId) => `gf:{${peerId}}:wishes`,
	/** A hash of sessions that have not ended, by session id. */
	sessions: (peerId: PeerId) => `gf:{${peerId}}:sessions`,
	/** Begins the keys of sessions that have ended; each goes away by itself. */
	ended: (peerId: PeerId) => `gf:{${peerId}}:ended:`,
	/** A hash of peer ids by peer mark: all peers there are. */
	peers: (shard: number) => `gf:{p${shard}}`,
	/** Begins the keys of the entries of a shard. */
	entries: (shard: number) => `gf:{e${shard}}`,
	/** A hash of catalog ids by the alias that leads to them. */
	aliases: 'gf:{aliases}',
	/** Changes when the database is emptied. */
	epoch: 'gf:{cluster}:epoch',
	/** The tracker that leads. */
	speaker: 'gf:{cluster}:speaker',
} as const;

/** Channels are the same in every database of a server, keys are not. */
export const newsChannel = (db: number) => `gf:news:${db}`;

/** Eight bytes that stand for a peer wherever it is named often: far too many for two of them to be the same. */
export function markOf(peerId: PeerId): Buffer {
	return createHash('sha256').update(peerId).digest().subarray(0, 8);
}

/** The shard of a catalog id or a peer mark, both of which are evenly spread. */
export function shardOf(bytes: Buffer): number {
	return bytes.readUInt16BE(0) % shardCount;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** An id of 26 letters has 130 bits. Ours use 128 of them, yet nobody else has to. */
const bytesOfId = 17;
const lettersOfId = 26;

/** An id as bytes, its first letter first. */
export function packId(id: string): Buffer {
	const bytes = Buffer.alloc(bytesOfId);
	let buffer = 0;
	let bits = 0;
	let at = 0;
	for (const letter of `${id}aa`) {
		buffer = ((buffer << 5) | alphabet.indexOf(letter)) & 0xfff;
		bits += 5;
		if (bits < 8) continue;
		bits -= 8;
		bytes[at] = buffer >> bits;
		at += 1;
	}
	return bytes;
}

export function unpackId<Id extends CatalogId | OfferId | SubscriptionId>(bytes: Buffer): Id {
	let text = '';
	let buffer = 0;
	let bits = 0;
	for (const byte of bytes.subarray(0, bytesOfId)) {
		buffer = ((buffer << 8) | byte) & 0xfff;
		bits += 8;
		for (; bits >= 5; bits -= 5) text += alphabet.charAt((buffer >> (bits - 5)) & 31);
	}
	return text.slice(0, lettersOfId) as Id;
}

const bytesOfNumbers = 12;

/** Sequence and age, the catalog id when it is not the offer's own, and the offer without its id. */
export function packOffer(stored: StoredOffer): Buffer {
	const { peerId, offerId, catalogId, sequence, addedAtMs, offer } = stored;
	const isOwn = catalogId === deriveCatalogId(peerId, offerId);
	const head = Buffer.alloc(bytesOfNumbers + 1);
	head.writeUIntBE(sequence, 0, 6);
	head.writeUIntBE(addedAtMs, 6, 6);
	head.writeUInt8(isOwn ? 0 : 1, bytesOfNumbers);
	const body = toBinary(FileOfferSchema, create(FileOfferSchema, { ...offer, offerId: '' }));
	return Buffer.concat(isOwn ? [head, body] : [head, packId(catalogId), body]);
}

export function unpackOffer(peerId: PeerId, offerId: OfferId, bytes: Buffer): StoredOffer {
	const isOwn = bytes.readUInt8(bytesOfNumbers) === 0;
	const bodyAt = bytesOfNumbers + 1 + (isOwn ? 0 : bytesOfId);
	const offer = fromBinary(FileOfferSchema, new Uint8Array(bytes.subarray(bodyAt)));
	offer.offerId = offerId;
	return {
		peerId,
		offerId,
		catalogId: isOwn
			? deriveCatalogId(peerId, offerId)
			: unpackId(bytes.subarray(bytesOfNumbers + 1, bodyAt)),
		sequence: bytes.readUIntBE(0, 6),
		addedAtMs: bytes.readUIntBE(6, 6),
		offer,
	};
}

export function writeProgress(progress: CatalogProgress): string {
	return `${progress.completeSequence}:${progress.appliedSequence}:${progress.appliedPages}`;
}

export function readProgress(text: string): CatalogProgress {
	if (text === '') return noProgress;
	const [completeSequence = 0, appliedSequence = 0, appliedPages = 0] = text.split(':').map(Number);
	return { completeSequence, appliedSequence, appliedPages };
}

/** The value of a wish; its field is the packed catalog id. */
export function packWish({ subscriptionId, expiresAtMs }: StoredSubscription): Buffer {
	const value = Buffer.concat([packId(subscriptionId), Buffer.alloc(6)]);
	value.writeUIntBE(Math.trunc(expiresAtMs), bytesOfId, 6);
	return value;
}

export function unpackWish(peerId: PeerId, field: Buffer, value: Buffer): StoredSubscription {
	return {
		subscriptionId: unpackId(value),
		peerId,
		catalogId: unpackId(field),
		expiresAtMs: value.readUIntBE(bytesOfId, 6),
	};
}
