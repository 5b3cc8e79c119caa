// Where everything lies in Redis and how it is packed. Rule: what one script touches shares a hash tag, so that each
// script runs on one node of a cluster. The offers of a peer are packed by the page (redis-pages.ts); peers are packed
// many to a key. Pure.
import { createHash } from 'node:crypto';
import type { CatalogId, OfferId, PeerId, SubscriptionId } from '../../proto/ids.ts';
import { noProgress, type CatalogProgress } from '../catalog-progress.ts';
import type { StoredSubscription } from './tracker-store.ts';

/** Parts the table of peers is cut into for good; each may live on another node. */
export const shardCount = 4_096;

export const keys = {
	/** A hash: k the public key, n the name, s when it was last seen, p its progress. */
	peer: (peerId: PeerId) => `gf:{${peerId}}`,
	/** A list of pages (see redis-pages.ts). */
	pages: (peerId: PeerId) => `gf:{${peerId}}:pages`,
	/** A hash of subscriptions by catalog id. */
	wishes: (peerId: PeerId) => `gf:{${peerId}}:wishes`,
	/** A hash of sessions that have not ended, by session id. */
	sessions: (peerId: PeerId) => `gf:{${peerId}}:sessions`,
	/** Begins the keys of sessions that have ended; each goes away by itself. */
	ended: (peerId: PeerId) => `gf:{${peerId}}:ended:`,
	/** A hash of peer ids by peer mark: all peers there are. */
	peers: (shard: number) => `gf:{p${shard}}`,
	/** A hash of catalog ids by the alias that leads to them. */
	aliases: 'gf:{aliases}',
	/** Changes when the database is emptied. */
	epoch: 'gf:{cluster}:epoch',
	/** Lies somewhere in a cluster; see `markCount`. */
	mark: (number: number) => `gf:{m${number}}:mark`,
	/** The tracker that leads. */
	speaker: 'gf:{cluster}:speaker',
} as const;

/** Marks of a cluster: of ten nodes each has one for certain, so that one which has lost its memory shows by those it lacks. */
export const markCount = 128;

/** Channels are the same in every database of a server, keys are not. A cluster has database 0 only. */
export const newsChannel = (db: number) => `gf:news:${db}`;

/** Eight bytes that stand for a peer wherever it is named often: far too many for two of them to be the same. */
export function markOf(peerId: PeerId): Buffer {
	return createHash('sha256').update(peerId).digest().subarray(0, 8);
}

/** The shard of a peer mark, which are evenly spread. */
export function shardOf(mark: Buffer): number {
	return mark.readUInt16BE(0) % shardCount;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
/** What a letter stands for, by its code. */
const letterValues = Uint8Array.from({ length: 128 }, (_, code) =>
	Math.max(0, alphabet.indexOf(String.fromCharCode(code))),
);

/** An id of 26 letters has 130 bits. Ours use 128 of them, yet nobody else has to. */
export const bytesOfId = 17;
const lettersOfId = 26;

/** An id as bytes, its first letter first. */
export function packId(id: string): Buffer {
	const bytes = Buffer.allocUnsafe(bytesOfId);
	writeId(bytes, 0, id);
	return bytes;
}

/** The same into a buffer there is. */
export function writeId(bytes: Uint8Array, offset: number, id: string): void {
	let buffer = 0;
	let bits = 0;
	let at = offset;
	// Two letters more fill the last byte.
	for (let letter = 0; letter < lettersOfId + 2; letter += 1) {
		const value = letter < id.length ? (letterValues[id.charCodeAt(letter)] ?? 0) : 0;
		buffer = ((buffer << 5) | value) & 0xfff;
		bits += 5;
		if (bits < 8) continue;
		bits -= 8;
		bytes[at] = buffer >> bits;
		at += 1;
	}
}

export function unpackId<Id extends CatalogId | OfferId | SubscriptionId>(bytes: Uint8Array): Id {
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
