// A peer made of literals, for tests of the page's state: it remembers what it was asked and changes only
// when the test says so. Nothing in it reads a file or opens a connection.
import type { FolderId, LibraryItem, PeerSettings } from '../../../peer/library/library-item.ts';
import type {
	FilmTorrent,
	OtherOwners,
	SourceShare,
	CatalogEvent,
	FolderState,
	Peer,
	PeerSnapshot,
	WatchConnection,
	WatchSource,
	WatchTarget,
} from '../../../peer/peer.ts';
import type { ByteSourceFacts } from '../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CatalogId, OfferId, PeerId } from '../../../proto/ids.ts';

export interface DemoPeer extends Peer {
	/** Every verb that was called, as "name argument argument". */
	readonly calls: string[];
	readonly sources: DemoSource[];
	/** Changes the snapshot and tells subscribers. */
	change(changes: Partial<PeerSnapshot>): void;
	setItems(items: readonly LibraryItem[]): void;
	emit(event: CatalogEvent): void;
}

export interface DemoSource extends WatchSource {
	readonly target: WatchTarget;
	readonly isClosed: boolean;
	readonly retries: number;
	connect(connection: WatchConnection): void;
	/** Everything `learn` was told. */
	readonly learned: readonly OtherOwners[];
	/** Every swarm it was told to join. */
	readonly joined: readonly FilmTorrent[];
	readonly startedAlone: readonly FilmTorrent[];
	/** What comes from whom, from now on. */
	send(shares: readonly SourceShare[]): void;
	/** Why the next try to open it fails. */
	failToOpen(error: GiggityflixError): void;
	/** What the film is, from now on. */
	describe(facts: Partial<ByteSourceFacts>): void;
}

const demoSettings: PeerSettings = {
	displayName: 'Jonas',
	includeExtensions: ['.mp4', '.mkv'],
	scanIntervalMinutes: 60,
	maxUploadKbps: 0,
	servesWatched: true,
	allowDelete: false,
	isHashingPaused: false,
};

const demoPeerId = 'gfownownownownownownownownownownow' as PeerId;

export function demoFolder(name: string, changes: Partial<FolderState> = {}): FolderState {
	return {
		folderId: `folder-${name}` as FolderId,
		name,
		sharing: 'public',
		addedAtMs: 1_700_000_000_000,
		access: 'granted',
		scan: { kind: 'idle' },
		itemCount: 3,
		sizeBytes: 6_000_000_000,
		...changes,
	};
}

export function demoItem(title: string, changes: Partial<LibraryItem> = {}): LibraryItem {
	const id = title
		.toLowerCase()
		.replace(/[^a-z2-7]/g, '')
		.padEnd(26, 'a')
		.slice(0, 26);
	return {
		offerId: id as OfferId,
		folderId: 'folder-Films' as FolderId,
		path: `${title}.mp4`,
		sizeBytes: 2_000_000_000,
		modifiedAtMs: 1_700_000_000_000,
		addedAtMs: 1_700_000_000_000,
		title,
		catalogId: id as unknown as CatalogId,
		presence: { kind: 'present' },
		probe: {
			kind: 'done',
			facts: {
				durationMs: 5_400_000,
				widthPx: 1920,
				heightPx: 1080,
				mimeType: 'video/mp4',
				videoCodec: 'avc1.640028',
				audioCodec: 'mp4a.40.2',
			},
		},
		poster: { kind: 'done', posterId: id },
		sideCarPaths: [],
		...changes,
	};
}

export function createDemoPeer(initial: Partial<PeerSnapshot> = {}): DemoPeer {
	const calls: string[] = [];
	const sources: DemoSource[] = [];
	const listeners = new Set<() => void>();
	const catalogListeners = new Set<(event: CatalogEvent) => void>();
	let items: readonly LibraryItem[] = [];
	let snapshot: PeerSnapshot = {
		identity: { peerId: demoPeerId, publicKey: 'A'.repeat(44) },
		role: 'leading',
		edge: { kind: 'online', edgeId: 'edge-1' },
		settings: demoSettings,
		folders: [],
		libraryVersion: 1,
		probing: { done: 0, total: 0 },
		hashing: { kind: 'idle', hashedCount: 0, totalCount: 0, bytesPerSecond: 0, shareByOffer: {} },
		serving: { viewers: 0, uploadBytesPerSecond: 0, totalUploadedBytes: 0, viewersByEntry: {} },
		trouble: [],
		...initial,
	};
	const change = (changes: Partial<PeerSnapshot>) => {
		snapshot = { ...snapshot, ...changes };
		for (const listener of listeners) listener();
	};
	const note =
		(name: string) =>
		async (...args: unknown[]) => {
			calls.push([name, ...args.map((value) => String(value))].join(' '));
		};
	return {
		calls,
		sources,
		change,
		setItems: (next) => {
			items = next;
			change({ libraryVersion: snapshot.libraryVersion + 1 });
		},
		emit: (event) => catalogListeners.forEach((listener) => listener(event)),
		start: note('start'),
		stop: note('stop'),
		snapshot: () => snapshot,
		subscribe: (onChange) => {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		items: () => items,
		poster: async () => new Uint8Array([1, 2, 3]),
		infoDictionary: async () => undefined,
		addFolder: async (source) => {
			calls.push(`addFolder ${source.name}`);
			return `folder-${source.name}` as FolderId;
		},
		reconnectFolder: note('reconnectFolder'),
		removeFolder: note('removeFolder'),
		setFolderSharing: note('setFolderSharing'),
		rescan: note('rescan'),
		cancelScan: (folderId) => calls.push(`cancelScan ${folderId}`),
		setItemSharing: note('setItemSharing'),
		preferHashing: note('preferHashing'),
		removeItem: note('removeItem'),
		updateSettings: async (changes) => change({ settings: { ...snapshot.settings, ...changes } }),
		revealPhrase: async () =>
			'legal winner thank year wave sausage worth useful legal winner thank yellow',
		restorePhrase: async (phrase) => {
			calls.push(`restorePhrase ${phrase}`);
			if (phrase.split(' ').length !== 12)
				throw new GiggityflixError('invalid-argument', 'not a phrase');
		},
		openSource: (target) => {
			const source = createDemoSource(target);
			sources.push(source);
			return source;
		},
		enterSwarm: () => () => undefined,
		setInterest: ({ wholeCatalog, catalogIds }) =>
			calls.push(`setInterest ${wholeCatalog} ${catalogIds.join(',')}`),
		onCatalogEvent: (listener) => {
			catalogListeners.add(listener);
			return () => catalogListeners.delete(listener);
		},
		sessionCredentials: () =>
			snapshot.edge.kind === 'online' && snapshot.identity
				? { peerId: snapshot.identity.peerId, sessionToken: 'token' }
				: undefined,
		iceServers: () => [],
		announceTrackers: () => [],
	};
}

const demoFacts: ByteSourceFacts = {
	sizeBytes: 1000,
	modifiedAtMs: 0,
	mimeType: 'video/mp4',
	fileName: 'film.mp4',
	sideCars: [],
};

function createDemoSource(target: WatchTarget): DemoSource {
	const listeners = new Set<() => void>();
	let connection: WatchConnection = { kind: 'connecting', sinceMs: 0 };
	let isClosed = false;
	let retries = 0;
	let shares: readonly SourceShare[] = [];
	let facts = demoFacts;
	let failure: GiggityflixError | undefined;
	const learned: OtherOwners[] = [];
	const joined: FilmTorrent[] = [];
	const startedAlone: FilmTorrent[] = [];
	return {
		target,
		get isClosed() {
			return isClosed;
		},
		get retries() {
			return retries;
		},
		connect: (next) => {
			connection = next;
			for (const listener of listeners) listener();
		},
		connection: () => connection,
		subscribe: (onChange) => {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		retry: () => (retries += 1),
		learned,
		learn: (others) => void learned.push(others),
		joined,
		pictureShown: () => undefined,
		joinSwarm: (torrent) => void joined.push(torrent),
		startedAlone,
		startWithoutOwner: (torrent) => void startedAlone.push(torrent),
		send: (next) => {
			shares = next;
			for (const listener of listeners) listener();
		},
		shares: () => shares,
		describe: (changed) => void (facts = { ...facts, ...changed }),
		failToOpen: (error) => void (failure = error),
		async open() {
			const caught = failure;
			failure = undefined;
			if (caught) throw caught;
			return facts;
		},
		read: async function* () {
			yield new TextEncoder().encode('1\n00:00:01,000 --> 00:00:02,000\nHello\n');
		},
		close: () => (isClosed = true),
	};
}
