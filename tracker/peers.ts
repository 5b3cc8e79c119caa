// What is known of every peer that was ever here: its key, its name, when it was last seen and how far its
// announcements came. Written through to the store. Does not know who is online.
import { GiggityflixError } from '../proto/errors.ts';
import type { PeerId } from '../proto/ids.ts';
import { verifyPeerIdOfKey } from '../proto/identity.ts';
import { noProgress } from './catalog-progress.ts';
import type { SeenPeer, StoredPeer, TrackerStore } from './store/tracker-store.ts';

/** A compressed secp256k1 key. */
const publicKeyBytes = 33;

export interface Peers {
	/** A peer nobody has heard of has no key, no name and no progress. */
	get(peerId: PeerId): StoredPeer;
	/**
	 * Binds an id to the first key that claims it. Throws `permission-denied` for any other key, `unauthenticated`
	 * for a derived id of another key.
	 */
	bindKey(peerId: PeerId, publicKey: Uint8Array): Promise<void>;
	/** Remembers that peers were here at a time, and what is told of them besides. */
	see(
		peerIds: Iterable<PeerId>,
		seenAtMs: number,
		told?: Pick<SeenPeer, 'displayName' | 'isHeld'>,
	): Promise<void>;
	/** Takes note of what the store has, or of what another tracker did. */
	note(peerId: PeerId, fields: Partial<StoredPeer>): void;
	all(): Iterable<StoredPeer>;
	count(): number;
}

export function createPeers(stored: readonly StoredPeer[], store: TrackerStore): Peers {
	const peers = new Map(stored.map((peer) => [peer.peerId, peer]));
	const get = (peerId: PeerId) => peers.get(peerId) ?? unknownPeer(peerId);
	const change = (peerId: PeerId, fields: Partial<StoredPeer>): void => {
		peers.set(peerId, { ...get(peerId), ...fields });
	};
	return {
		get,
		bindKey: async (peerId, publicKey) => {
			if (publicKey.length !== publicKeyBytes) {
				throw new GiggityflixError('invalid-argument', 'a compressed public key has 33 bytes');
			}
			verifyPeerIdOfKey(peerId, publicKey);
			const known = get(peerId).publicKey;
			// A key that is bound stays bound, so the store need not be asked again.
			const bound = known.length > 0 ? known : await store.bindKey(peerId, publicKey);
			change(peerId, { publicKey: bound });
			if (!isEqual(bound, publicKey)) {
				throw new GiggityflixError('permission-denied', 'the peer id is bound to another key');
			}
		},
		see: async (peerIds, lastSeenAtMs, told) => {
			const fields = { lastSeenAtMs, ...told };
			const seen = Array.from(peerIds, (peerId) => ({ peerId, ...fields }));
			if (seen.length === 0) return;
			await store.savePresence(seen);
			for (const { peerId } of seen) change(peerId, fields);
		},
		note: change,
		all: () => peers.values(),
		count: () => peers.size,
	};
}

function unknownPeer(peerId: PeerId): StoredPeer {
	return {
		peerId,
		publicKey: new Uint8Array(),
		displayName: '',
		lastSeenAtMs: 0,
		isHeld: false,
		progress: noProgress,
	};
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
	return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
