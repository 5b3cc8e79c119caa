// `Peer` in a tab that does not lead: shows what the leading tab shows, asks it to carry out verbs, and plays
// by itself: own files from the disk, others' over links of this tab. Rule: it writes nothing that the leader
// owns, except that it keeps a picked folder in FolderSources before telling of it.
import { GiggityflixError } from '../../proto/errors.ts';
import type { LeadingPeer } from '../create-peer.ts';
import type { PeerDependencies } from '../dependencies.ts';
import { newFolderId } from '../library/folders.ts';
import type { LibraryItem } from '../library/library-item.ts';
import { openItem } from '../library/offered-files.ts';
import { createOwnWatchSource } from '../library/own-watch-source.ts';
import { createListeners, type Listeners } from '../listeners.ts';
import type { CatalogEvent, Peer } from '../peer.ts';
import type { FolderSource, TabChannel } from '../ports.ts';
import { createFollowerIdentity } from './follower-identity.ts';
import { createLeaderView, type LeaderView } from './leader-view.ts';
import { createPendingCalls, type PendingCalls } from './pending-calls.ts';
import { carryOut, verbsOfLeader } from './remote-verbs.ts';
import {
	isTabMessage,
	tabProtocolVersion,
	type FollowerSays,
	type Interest,
	type LeaderSays,
	type TabId,
	type TabMessage,
} from './tab-protocol.ts';
import { nothingOffered, type TabTransfers } from './tab-transfers.ts';

export interface FollowerPeer extends Peer {
	nudge(): void;
	/** This tab leads now: stops following and has `leader` carry out what nobody has answered. */
	handOver(leader: LeadingPeer): void;
}

export interface FollowerOptions {
	readonly deps: PeerDependencies;
	readonly channel: TabChannel;
	readonly tabId: TabId;
	readonly tabTransfers: TabTransfers;
}

/** Listens from `start`, which resolves when a leader has been heard. */
export function createFollowerPeer(options: FollowerOptions): FollowerPeer {
	const { channel, tabId } = options;
	const post = (body: FollowerSays) =>
		channel.post({ ...body, tabProtocol: tabProtocolVersion } satisfies TabMessage);
	const view = createLeaderView();
	const calls = createPendingCalls((callId, call) =>
		post({ type: 'call', from: tabId, callId, call }),
	);
	const ear = createEar(options, { view, calls, post });

	function leave(): void {
		ear.stop();
		post({ type: 'leave', from: tabId });
	}

	return {
		...folderVerbs(options.deps, calls),
		...watchVerbs(options, view, calls),
		start: ear.start,
		async stop() {
			leave();
			calls.cancel();
			return Promise.resolve();
		},
		handOver(leader) {
			leave();
			const verbs = verbsOfLeader(leader);
			calls.settleWith((call) => carryOut(verbs, call));
		},
		snapshot: () => view.snapshot(),
		subscribe: ear.onChange,
		items: () => view.items(),
		poster: (offerId) => options.deps.libraryStore.loadPoster(offerId),
		infoDictionary: (offerId) => options.deps.libraryStore.loadInfoDictionary(offerId),
		setItemSharing: (offerId, sharing) => calls.call('setItemSharing', offerId, sharing),
		removeItem: (offerId) => calls.call('removeItem', offerId),
		preferHashing: (offerIds) => calls.call('preferHashing', offerIds),
		updateSettings: (changes) => calls.call('updateSettings', changes),
		revealPhrase: () => calls.call('revealPhrase'),
		restorePhrase: (phrase) => calls.call('restorePhrase', phrase),
		setInterest: ear.setInterest,
		onCatalogEvent: ear.onCatalogEvent,
		sessionCredentials: () => view.leader()?.credentials,
		iceServers: () => view.leader()?.iceServers ?? [],
		announceTrackers: () => view.leader()?.announceTrackers ?? [],
		nudge: () => ignoreFailure(calls.call('nudge')),
	};
}

/** What the tab hears, and how it begins to listen. */
function createEar(
	options: FollowerOptions,
	parts: { view: LeaderView; calls: PendingCalls; post: (body: FollowerSays) => void },
) {
	const { deps, channel, tabId, tabTransfers } = options;
	const { view, calls, post } = parts;
	const changes = createListeners();
	const events = createListeners<CatalogEvent>();
	const identity = createFollowerIdentity(deps, view);
	const { swarms } = tabTransfers.transfers;
	const tellSwarms = () => post({ type: 'swarms', from: tabId, memberships: swarms.memberships() });
	const join = () => {
		post({ type: 'join', from: tabId, interest });
		tellSwarms();
	};
	let interest: Interest = { wholeCatalog: false, catalogIds: [] };
	let stopListening = (): void => undefined;
	let stopTelling = (): void => undefined;
	let heard = (): void => undefined;

	function onState(): void {
		identity.refresh();
		heard();
		changes.tell();
	}

	return {
		start(): Promise<void> {
			tabTransfers.assume({
				signalling: {
					identity: () => identity.current(),
					iceServers: () => view.leader()?.iceServers ?? [],
					send: (message) => calls.call('sendSignal', message),
				},
				offeredFiles: nothingOffered,
				maxUploadKbps: () => 0,
			});
			const handlers = createLeaderHandlers(options, parts, { join, onState, events });
			stopListening = channel.listen((value) => {
				if (isTabMessage(value) && !('from' in value)) handlers(value);
			});
			stopTelling = swarms.onMembershipChange(tellSwarms);
			const first = new Promise<void>((resolve) => (heard = resolve));
			join();
			return first;
		},
		stop() {
			stopTelling();
			stopListening();
		},
		setInterest(next: Interest) {
			interest = next;
			post({ type: 'interest', from: tabId, interest });
		},
		onChange: (listener: () => void) => changes.add(listener),
		onCatalogEvent: events.add,
	};
}

/** One answer to everything a leader says. */
function createLeaderHandlers(
	{ tabId, tabTransfers }: FollowerOptions,
	{ view, calls }: { view: LeaderView; calls: PendingCalls },
	ear: { join: () => void; onState: () => void; events: Listeners<CatalogEvent> },
): (message: LeaderSays) => void {
	const { transfers } = tabTransfers;
	return (message) => {
		if ('to' in message && message.to !== tabId) return;
		switch (message.type) {
			case 'leading':
				ear.join();
				calls.repeat();
				return;
			case 'state': {
				const wasOnline = view.snapshot().edge.kind === 'online';
				view.showState(message.state);
				if (!wasOnline && view.snapshot().edge.kind === 'online') transfers.signallingRestored();
				ear.onState();
				return;
			}
			case 'all-items':
				view.showItems(message.items);
				return;
			case 'changed-items':
				view.changeItems(message);
				return;
			case 'returned':
				calls.returned(message.callId, message.result);
				return;
			case 'catalog-event':
				ear.events.tell(message.event);
				return;
			case 'introduction':
				transfers.swarms.introduced(message.introduction.infoHash, message.introduction.peerIds);
				return;
			case 'signal':
				ignoreFailure(transfers.handleSignal(message.signal));
				return;
		}
	};
}

function folderVerbs({ folderSources, randomBytes }: PeerDependencies, calls: PendingCalls) {
	return {
		async addFolder(source, sharing) {
			const folderId = newFolderId(randomBytes);
			await folderSources.put(folderId, source);
			return calls.call('adoptFolder', folderId, sharing);
		},
		async reconnectFolder(folderId, source) {
			if (source) await folderSources.put(folderId, source);
			await calls.call('reconnectFolder', folderId);
		},
		removeFolder: (folderId) => calls.call('removeFolder', folderId),
		setFolderSharing: (folderId, sharing) => calls.call('setFolderSharing', folderId, sharing),
		rescan: (folderId) => calls.call('rescan', folderId),
		cancelScan: (folderId) => ignoreFailure(calls.call('cancelScan', folderId)),
	} satisfies Partial<Peer>;
}

function watchVerbs(
	{ deps, tabTransfers }: FollowerOptions,
	view: LeaderView,
	calls: PendingCalls,
) {
	async function open(item: LibraryItem, path: string) {
		const source: FolderSource | undefined = await deps.folderSources.get(item.folderId);
		if (source) return source.open(path);
		throw new GiggityflixError('permission-denied', 'the folder is open in another tab only');
	}

	const onStale = ({ folderId }: LibraryItem) => ignoreFailure(calls.call('rescan', folderId));

	return {
		openSource(target) {
			const item = view.findItem(target.catalogId);
			if (!item) return tabTransfers.transfers.openRemote(target);
			const current = () => view.findItem(target.catalogId) ?? item;
			return createOwnWatchSource(() => openItem({ open, onStale }, current()));
		},
		enterSwarm: (membership, onLink) => tabTransfers.transfers.swarms.enter(membership, onLink),
	} satisfies Partial<Peer>;
}

/** For verbs without an answer: the leader logs what goes wrong. */
function ignoreFailure(work: Promise<unknown>): void {
	work.catch(() => undefined);
}
