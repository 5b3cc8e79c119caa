// Makes the parts of the peer that face the edge: client, signalling, catalog events and the handlers' context,
// on top of the library's parts.
import type { CatalogId } from '../../proto/ids.ts';
import { createAnnouncing, type Announcing } from '../announcing.ts';
import { createCatalogEvents, type CatalogEvents } from '../catalog-events.ts';
import type { PeerDependencies } from '../dependencies.ts';
import type { StoredPeer } from '../identity/stored-peer.ts';
import type { LibraryItem } from '../library/library-item.ts';
import type { LibraryParts } from '../library/library-parts.ts';
import { createOfferedFiles, openItem } from '../library/offered-files.ts';
import { createSeeding, type Seeding } from '../swarm/seeding.ts';
import type { Transfers } from '../transfer/transfers.ts';
import { createCommandedFiles } from './commanded-files.ts';
import { createEdgeClient, type EdgeClient } from './edge-client.ts';
import { handleEdgeMessage } from './messages/handlers.ts';
import { createSwarmMemberships, type SwarmMemberships } from './swarm-memberships.ts';
import { createSignalRelay, type SignalRelay } from './signal-relay.ts';

export interface EdgeParts {
	readonly edge: EdgeClient;
	readonly relay: SignalRelay;
	readonly transfers: Transfers;
	readonly announcing: Announcing;
	readonly catalogEvents: CatalogEvents;
	readonly swarms: SwarmMemberships;
	/** Absent where nothing is seeded. */
	readonly seeding: Seeding | undefined;
}

/** What the edge's side needs to know of the whole. */
export interface EdgeSurroundings {
	/** Throws before the record is loaded. */
	readonly stored: () => StoredPeer;
	readonly isStarted: () => boolean;
	readonly findItem: (catalogId: CatalogId) => LibraryItem | undefined;
	/** Aborted when the peer has stopped. */
	readonly signal: AbortSignal;
}

export function createEdgeParts(
	deps: PeerDependencies,
	{ library, folders, hashing }: LibraryParts,
	around: EdgeSurroundings,
): EdgeParts {
	const { clock, logger } = deps;
	const { stored, findItem } = around;
	const announcing = createAnnouncing({
		clock,
		logger,
		store: deps.libraryStore,
		library,
		folders,
		stored,
	});
	const catalogEvents = createCatalogEvents(() => edge.session());
	const relay = createSignalRelay({
		session: () => edge.session(),
		handle: (signal) => transfers.handleSignal(signal),
	});
	const transfers = createOwnTransfers(deps, { library, folders }, around, relay);
	const swarms = createSwarmMemberships(transfers.swarms, () => edge.session());
	const seeding = createOwnSeeding(deps, { library, folders }, around, transfers);
	const context = {
		swarms,
		seeding,
		announcer: announcing.announcer,
		posters: announcing.posters,
		signals: relay,
		catalogEvents,
		files: createCommandedFiles({
			library,
			folders,
			hashing,
			findItem,
			isDeleteAllowed: () => stored().record().settings.allowDelete,
		}),
		frameGrabber: deps.frameGrabber,
	};
	const edge: EdgeClient = createEdgeClient({
		transport: deps.edgeTransport,
		clock,
		randomBytes: deps.randomBytes,
		logger,
		identity: () => stored().identity(),
		displayName: () => stored().record().settings.displayName,
		onMessage: (message, stream) => {
			void handleEdgeMessage({ ...context, stream }, message, logger);
		},
		onAdmitted(session) {
			relay.admitted(session);
			announcing.begin(session);
			catalogEvents.admitted(session);
			swarms.admitted(session);
			transfers.signallingRestored();
		},
	});
	return { edge, relay, transfers, announcing, catalogEvents, swarms, seeding };
}

/** Seeding out of the library, where the place has swarms. */
function createOwnSeeding(
	deps: PeerDependencies,
	{ library, folders }: Pick<LibraryParts, 'library' | 'folders'>,
	{ findItem, signal }: EdgeSurroundings,
	transfers: Transfers,
): Seeding | undefined {
	if (!deps.seeding) return undefined;
	return createSeeding({
		...deps,
		...deps.seeding,
		links: transfers.swarms,
		store: deps.libraryStore,
		findItem,
		item: (offerId) => library.item(offerId),
		sharingOf: (item) => library.sharingOf(item),
		open: async (item) => {
			const disk = {
				open: (of: LibraryItem, path: string) => folders.open(of, path),
				onStale: () => void folders.rescan(item.folderId),
			};
			return (await openItem(disk, item)).film;
		},
		signal,
	});
}

/** Transfers that signal through the edge and offer what the library shares. */
function createOwnTransfers(
	deps: PeerDependencies,
	{ library, folders }: Pick<LibraryParts, 'library' | 'folders'>,
	{ stored, isStarted, findItem }: EdgeSurroundings,
	relay: SignalRelay,
): Transfers {
	return deps.createTransfers({
		links: deps.peerLinks,
		clock: deps.clock,
		randomBytes: deps.randomBytes,
		logger: deps.logger,
		shelves: deps.pieceShelves,
		signalling: {
			identity: () => (isStarted() ? stored().identity() : undefined),
			iceServers: () => relay.iceServers(),
			send: (message) => relay.send(message),
		},
		offeredFiles: createOfferedFiles({
			findItem,
			sharingOf: (item) => library.sharingOf(item),
			open: (item, path) => folders.open(item, path),
			loadInfoDictionary: (offerId) => deps.libraryStore.loadInfoDictionary(offerId),
			onStale: (item) => void folders.rescan(item.folderId),
		}),
		maxUploadKbps: () => (isStarted() ? stored().record().settings.maxUploadKbps : 0),
	});
}
