// The peer's snapshot as reactive state. Whoever reads it in an effect or a template is told of every
// change; the subscription lives as long as somebody reads. Contains no rule.
import { createSubscriber } from 'svelte/reactivity';
import type { LibraryItem } from '../../../peer/library/library-item.ts';
import type { Peer, PeerSnapshot } from '../../../peer/peer.ts';
import type { StatusView } from '../view-models.ts';
import { networkStatus, troubleWords } from './words.ts';

export class PeerState {
	readonly #peer: Peer;
	readonly #subscribe: () => void;

	constructor(peer: Peer) {
		this.#peer = peer;
		this.#subscribe = createSubscriber((update) => peer.subscribe(update));
	}

	get snapshot(): PeerSnapshot {
		this.#subscribe();
		return this.#peer.snapshot();
	}

	/** The same array until `snapshot.libraryVersion` changes. */
	get items(): readonly LibraryItem[] {
		this.#subscribe();
		return this.#peer.items();
	}

	get isStarted(): boolean {
		return this.snapshot.role !== 'starting';
	}

	get isOnline(): boolean {
		return this.snapshot.edge.kind === 'online';
	}

	/** Trying for the first time is not yet being offline. */
	get isOffline(): boolean {
		return this.snapshot.edge.kind === 'offline';
	}

	get network(): StatusView {
		const { edge, serving } = this.snapshot;
		return networkStatus(edge, serving);
	}

	/** Sentences on what is wrong in the background. */
	get troubles(): readonly string[] {
		return this.snapshot.trouble.map(({ what, code }) => troubleWords(what, code));
	}
}
