// The whole peer: wires library and edge together and serves `Peer`. It has no rule of its own. A page that may
// be open in several tabs uses tabs/tab-peer.ts, which makes one of these in the tab that leads.
import { bytesToBase64Url } from './identity/base64url.ts';
import { GiggityflixError } from '../proto/errors.ts';
import type { CatalogId } from '../proto/ids.ts';
import type { PeerDependencies } from './dependencies.ts';
import { createEdgeParts, type EdgeParts } from './edge/edge-parts.ts';
import type { SignalRelay } from './edge/signal-relay.ts';
import type { SwarmMemberships } from './edge/swarm-memberships.ts';
import { createFolderStates } from './folder-states.ts';
import { loadStoredPeer, type StoredPeer } from './identity/stored-peer.ts';
import type { FolderId, PeerSettings, Sharing } from './library/library-item.ts';
import { createLibraryParts, type LibraryParts } from './library/library-parts.ts';
import { forgetCatalogIds, removeItem, setItemSharing } from './library/library-verbs.ts';
import { openItem } from './library/offered-files.ts';
import { createOwnWatchSource } from './library/own-watch-source.ts';
import { createScanSchedule, type ScanSchedule } from './library/scan-schedule.ts';
import type { Peer, PeerSnapshot } from './peer.ts';
import { changeSettings, defaultSettings } from './settings.ts';
import { createSnapshotPublisher, type SnapshotPublisher } from './snapshot-publisher.ts';
import { createTroubles, type Troubles } from './troubles.ts';

/** A peer with what the tabs beside it need. */
export interface LeadingPeer extends Peer {
	readonly relay: SignalRelay;
	readonly swarms: SwarmMemberships;
	/** As `addFolder`, for a source that is kept in FolderSources already. */
	adoptFolder(folderId: FolderId, sharing?: Sharing): Promise<FolderId>;
	/** The network may be back. */
	nudge(): void;
}

/** Films of a new folder are found by everyone on the server unless the person says otherwise. */
const defaultSharing: Sharing = 'public';

/** What the verbs below work on. */
interface Parts extends LibraryParts, EdgeParts {
	readonly deps: PeerDependencies;
	readonly life: AbortController;
	readonly troubles: Troubles;
	readonly publisher: SnapshotPublisher<PeerSnapshot>;
	/** `undefined` until `start` has loaded the record. */
	stored: StoredPeer | undefined;
	schedule: ScanSchedule | undefined;
}

/** Makes a peer that does nothing until `start`. */
export function createPeer(deps: PeerDependencies): LeadingPeer {
	const parts = assemble(deps);
	return {
		...lifeVerbs(parts),
		...folderVerbs(parts),
		...identityVerbs(parts),
		...catalogVerbs(parts),
		relay: parts.relay,
		swarms: parts.swarms,
		nudge: () => parts.edge.nudge(),
		snapshot: () => parts.publisher.snapshot(),
		subscribe: (onChange) => parts.publisher.subscribe(onChange),
		items: () => parts.library.items(),
		poster: (offerId) => deps.libraryStore.loadPoster(offerId),
		infoDictionary: (offerId) => deps.libraryStore.loadInfoDictionary(offerId),
		setItemSharing: (offerId, sharing) => setItemSharing(parts.library, offerId, sharing),
		removeItem: (offerId) => removeItem(parts.library, deps.clock, offerId),
		preferHashing: async (offerIds) => parts.hashing.prefer(offerIds),
	};
}

function assemble(deps: PeerDependencies): Parts {
	const life = new AbortController();
	const initialSettings = changeSettings(defaultSettings, deps.initialSettings ?? {});
	const troubles = createTroubles(() => publisher.touch());
	const libraryParts = createLibraryParts(deps, {
		settings: () => parts.stored?.record().settings ?? initialSettings,
		nameOffer: (place) => requireStarted(parts).identity().nameOffer(place),
		onChange() {
			parts.announcing.ring();
			parts.seeding?.review();
			publisher.touch();
		},
		onProgress: () => publisher.touch(),
		onPoster: () => parts.announcing.ring(),
		viewersByEntry: () => parts.transfers.serving().viewersByEntry,
		onStoreTrouble: (error) => troubles.report('library-store', error),
		onSourcesTrouble: (error) => troubles.report('folder-sources', error),
		signal: life.signal,
	});
	const edgeParts = createEdgeParts(deps, libraryParts, {
		stored: () => requireStarted(parts),
		isStarted: () => parts.stored !== undefined,
		findItem: (catalogId) => findItem(parts, catalogId),
		signal: life.signal,
	});
	const folderStates = createFolderStates(libraryParts.library, libraryParts.folders);
	const publisher: SnapshotPublisher<PeerSnapshot> = createSnapshotPublisher(
		deps.clock,
		() => buildSnapshot(parts, initialSettings, folderStates()),
		life.signal,
	);
	edgeParts.edge.onChange(() => publisher.touch());
	edgeParts.transfers.onServingChange(() => {
		libraryParts.hashing.ring();
		publisher.touch();
	});
	edgeParts.transfers.onViewerWaits(libraryParts.hashing.rest);
	const parts: Parts = {
		...libraryParts,
		...edgeParts,
		deps,
		life,
		troubles,
		publisher,
		stored: undefined,
		schedule: undefined,
	};
	return parts;
}

function buildSnapshot(
	parts: Parts,
	initialSettings: PeerSettings,
	folders: PeerSnapshot['folders'],
): PeerSnapshot {
	const identity = parts.stored?.identity();
	return {
		identity: identity && {
			peerId: identity.peerId,
			publicKey: bytesToBase64Url(identity.signer.publicKey),
		},
		role: parts.stored ? 'leading' : 'starting',
		edge: parts.edge.state(),
		settings: parts.stored?.record().settings ?? initialSettings,
		folders,
		libraryVersion: parts.library.version(),
		probing: parts.enrichment.progress(),
		hashing: parts.hashing.state(),
		serving: parts.transfers.serving(),
		trouble: parts.troubles.list(),
	};
}

function lifeVerbs(parts: Parts): Pick<Peer, 'start' | 'stop'> {
	const { deps, life, library, folders, edge } = parts;
	const onStoreTrouble = (error: GiggityflixError | undefined) =>
		parts.troubles.report('library-store', error);
	return {
		async start() {
			const stored = await loadStoredPeer({
				store: deps.libraryStore,
				randomBytes: deps.randomBytes,
				initialSettings: changeSettings(defaultSettings, deps.initialSettings ?? {}),
				chosenPeerId: deps.chosenPeerId,
				onStoreTrouble,
			});
			try {
				await library.load();
			} catch (caught) {
				onStoreTrouble(GiggityflixError.from(caught));
			}
			if (life.signal.aborted) return;
			if (stored.isRenamed) forgetCatalogIds(library);
			parts.stored = stored;
			// Before the edge admits us it must be known which folders can be read: the others are not announced.
			await folders.start();
			edge.start();
			parts.publisher.touch();
			parts.schedule = createScanSchedule({
				clock: deps.clock,
				intervalMinutes: () => stored.record().settings.scanIntervalMinutes,
				scan: () => folders.rescan(),
			});
			void folders.rescan();
		},
		async stop() {
			edge.stop();
			folders.stop();
			parts.schedule?.stop();
			parts.transfers.stop();
			try {
				await library.flush();
			} finally {
				life.abort(new GiggityflixError('cancelled', 'the peer has stopped'));
			}
		},
	};
}

function folderVerbs(parts: Parts) {
	const { folders } = parts;
	return {
		addFolder: (source, sharing = defaultSharing) => folders.add(source, sharing),
		adoptFolder: (folderId, sharing = defaultSharing) => folders.adopt(folderId, sharing),
		reconnectFolder: (folderId, source) => folders.reconnect(folderId, source),
		removeFolder: (folderId) => folders.remove(folderId),
		setFolderSharing: (folderId, sharing) => folders.setSharing(folderId, sharing),
		async rescan(folderId) {
			parts.schedule?.restart();
			await folders.rescan(folderId);
		},
		cancelScan: (folderId) => folders.cancelScan(folderId),
	} satisfies Partial<LeadingPeer>;
}

function identityVerbs(parts: Parts) {
	return {
		async updateSettings(changes) {
			const stored = requireStarted(parts);
			const before = stored.record().settings;
			const settings = changeSettings(before, changes);
			await stored.update({ settings });
			parts.publisher.touch();
			parts.hashing.ring();
			if (settings.displayName !== before.displayName) parts.edge.reconnect();
			if (settings.scanIntervalMinutes !== before.scanIntervalMinutes) parts.schedule?.restart();
			if (settings.includeExtensions.join() !== before.includeExtensions.join()) {
				void parts.folders.rescan();
			}
		},
		revealPhrase: () => Promise.resolve(requireStarted(parts).identity().phrase),
		async restorePhrase(phrase) {
			await requireStarted(parts).become(phrase);
			forgetCatalogIds(parts.library);
			parts.publisher.touch();
			parts.edge.reconnect();
		},
	} satisfies Partial<Peer>;
}

function catalogVerbs(parts: Parts) {
	return {
		openSource(target) {
			const item = findItem(parts, target.catalogId);
			if (!item) return parts.transfers.openRemote(target);
			const { offerId } = item;
			return createOwnWatchSource(async () => {
				// Looked up anew: a file may have been renamed since.
				const current = parts.library.item(offerId);
				if (!current) throw new GiggityflixError('not-found', 'the film was taken out');
				return openItem(
					{
						open: parts.folders.open,
						onStale: ({ folderId }) => void parts.folders.rescan(folderId),
					},
					current,
				);
			});
		},
		enterSwarm: (membership, onLink) => parts.transfers.swarms.enter(membership, onLink),
		setInterest: (interest) => parts.catalogEvents.setInterest(interest),
		onCatalogEvent: (listener) => parts.catalogEvents.onEvent(listener),
		sessionCredentials() {
			const session = parts.edge.session();
			if (!session || !parts.stored) return undefined;
			return { peerId: parts.stored.identity().peerId, sessionToken: session.sessionToken };
		},
		iceServers: () => parts.relay.iceServers(),
		announceTrackers: () => parts.relay.announceTrackers(),
	} satisfies Partial<Peer>;
}

function findItem(parts: Parts, catalogId: CatalogId) {
	return parts.library.itemByCatalogId(catalogId, parts.stored?.identity().peerId);
}

function requireStarted(parts: Parts): StoredPeer {
	if (!parts.stored) throw new GiggityflixError('unavailable', 'the peer is still starting');
	return parts.stored;
}
