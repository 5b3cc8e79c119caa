// Who a tab that follows signs as: the leader's identity, made from the phrase in the shared store. Loaded
// again when the leader becomes another peer.
import { identityOfPhrase, type Identity } from '../identity/identity.ts';
import type { LibraryStore } from '../ports.ts';
import type { LeaderView } from './leader-view.ts';

export interface FollowerIdentity {
	/** `undefined` until it is loaded. */
	current(): Identity | undefined;
	/** The leader's state has changed. */
	refresh(): void;
}

export function createFollowerIdentity(
	deps: { readonly libraryStore: LibraryStore },
	view: LeaderView,
): FollowerIdentity {
	let identity: Identity | undefined;
	let loading: Promise<void> | undefined;

	const isCurrent = (): boolean => identity?.peerId === view.snapshot().identity?.peerId;

	async function load(): Promise<void> {
		const record = await deps.libraryStore.loadPeer();
		if (record) identity = identityOfPhrase(record.phrase, record.chosenPeerId);
	}

	return {
		current: () => (isCurrent() ? identity : undefined),
		refresh() {
			if (loading || isCurrent()) return;
			loading = load()
				// The next state of the leader is the next chance.
				.catch(() => undefined)
				.finally(() => (loading = undefined));
		},
	};
}
