// `Peer` for a page that may be open in any number of tabs: one leads and does the work, the others follow and
// show the same. Whoever uses it cannot tell, and keeps listeners and open films when this tab takes over.
// Knows nothing of Web Locks or BroadcastChannel.
import { GiggityflixError } from '../../proto/errors.ts';
import { randomId, type OfferId } from '../../proto/ids.ts';
import { createPeer, type LeadingPeer } from '../create-peer.ts';
import type { PeerDependencies } from '../dependencies.ts';
import { createListeners } from '../listeners.ts';
import type { CatalogEvent, Peer } from '../peer.ts';
import type { LeaderLock, TabChannel } from '../ports.ts';
import { createFollowerPeer, type FollowerPeer } from './follower-peer.ts';
import { createLeaderHost, type LeaderHost } from './leader-host.ts';
import type { Interest, TabId } from './tab-protocol.ts';
import { createTabTransfers } from './tab-transfers.ts';

export interface TabPeerDependencies extends PeerDependencies {
	readonly lock: LeaderLock;
	/** Closed by `stop`. */
	readonly channel: TabChannel;
}

export interface TabPeer extends Peer {
	/** The network may be back: ends the wait for the edge. */
	nudge(): void;
}

type Role =
	| { readonly kind: 'following'; readonly peer: FollowerPeer }
	| { readonly kind: 'leading'; readonly peer: LeadingPeer; readonly host: LeaderHost };

/** Follows from `start` until the lock is this tab's, then leads until `stop`. */
export function createTabPeer(deps: TabPeerDependencies): TabPeer {
	const life = new AbortController();
	const tabTransfers = createTabTransfers(deps);
	const follower = createFollowerPeer({
		deps,
		channel: deps.channel,
		tabId: randomId<OfferId>(deps.randomBytes) as string as TabId,
		tabTransfers,
	});
	let role: Role = { kind: 'following', peer: follower };
	const listeners = createLastingListeners(() => role.peer);
	let interest: Interest = { wholeCatalog: false, catalogIds: [] };

	async function lead(): Promise<void> {
		await deps.lock.acquire(life.signal);
		const leader = createPeer({
			...deps,
			createTransfers(options) {
				tabTransfers.assume(options);
				return tabTransfers.transfers;
			},
		});
		await leader.start();
		if (life.signal.aborted) return leader.stop();
		const host = createLeaderHost(leader, deps.channel);
		role = { kind: 'leading', peer: leader, host };
		host.setOwnInterest(interest);
		follower.handOver(leader);
		listeners.moved();
	}

	return {
		...forwardVerbs(() => role.peer),
		async start() {
			const following = follower.start();
			const leading = lead().catch((caught: unknown) => {
				if (life.signal.aborted) return;
				deps.logger.warn('this tab cannot lead', { code: GiggityflixError.from(caught).code });
				throw caught;
			});
			await Promise.race([following, leading]);
		},
		async stop() {
			if (role.kind === 'leading') {
				role.host.stop();
				await role.peer.stop();
			} else {
				await follower.stop();
				tabTransfers.transfers.stop();
			}
			// The lock goes last: whoever leads next must find everything written.
			life.abort();
			deps.channel.close();
		},
		subscribe: listeners.onChange,
		onCatalogEvent: listeners.onCatalogEvent,
		setInterest(next) {
			interest = next;
			if (role.kind === 'leading') role.host.setOwnInterest(next);
			else role.peer.setInterest(next);
		},
	};
}

type ForwardedVerb = Exclude<
	keyof TabPeer,
	'start' | 'stop' | 'subscribe' | 'onCatalogEvent' | 'setInterest'
>;

/** Verbs that whoever has the role carries out. */
function forwardVerbs(peer: () => TabPeer): Pick<TabPeer, ForwardedVerb> {
	return {
		snapshot: () => peer().snapshot(),
		items: () => peer().items(),
		poster: (offerId) => peer().poster(offerId),
		infoDictionary: (offerId) => peer().infoDictionary(offerId),
		addFolder: (source, sharing) => peer().addFolder(source, sharing),
		reconnectFolder: (folderId, source) => peer().reconnectFolder(folderId, source),
		removeFolder: (folderId) => peer().removeFolder(folderId),
		setFolderSharing: (folderId, sharing) => peer().setFolderSharing(folderId, sharing),
		rescan: (folderId) => peer().rescan(folderId),
		cancelScan: (folderId) => peer().cancelScan(folderId),
		setItemSharing: (offerId, sharing) => peer().setItemSharing(offerId, sharing),
		removeItem: (offerId) => peer().removeItem(offerId),
		preferHashing: (offerIds) => peer().preferHashing(offerIds),
		updateSettings: (changes) => peer().updateSettings(changes),
		revealPhrase: () => peer().revealPhrase(),
		restorePhrase: (phrase) => peer().restorePhrase(phrase),
		openSource: (target) => peer().openSource(target),
		enterSwarm: (membership, onLink) => peer().enterSwarm(membership, onLink),
		sessionCredentials: () => peer().sessionCredentials(),
		iceServers: () => peer().iceServers(),
		announceTrackers: () => peer().announceTrackers(),
		nudge: () => peer().nudge(),
	};
}

/** Listeners that stay when the role moves to another peer. */
function createLastingListeners(peer: () => Peer) {
	const changes = createListeners();
	const events = createListeners<CatalogEvent>();
	let detach: readonly (() => void)[] = [];

	function attach(): void {
		for (const end of detach) end();
		detach = [
			peer().subscribe(() => changes.tell()),
			peer().onCatalogEvent((event) => events.tell(event)),
		];
	}

	attach();
	return {
		/** Listens to the new one and tells everybody to look. */
		moved() {
			attach();
			changes.tell();
		},
		onChange: (listener: () => void) => changes.add(listener),
		onCatalogEvent: events.add,
	};
}
