// A whole peer on fakes: everything createPeer needs, with handles for a test to turn.
import { createListeners } from '../../../peer/listeners.ts';
import type { PeerDependencies } from '../../../peer/dependencies.ts';
import type {
	FrameGrabber,
	Hasher,
	LibraryStore,
	Logger,
	MediaProbe,
} from '../../../peer/ports.ts';
import type { WatchSource, WatchTarget } from '../../../peer/peer.ts';
import type { Transfers, TransfersOptions } from '../../../peer/transfer/transfers.ts';
import { createSwarmLinks } from '../../../peer/swarm/swarm-links.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMemoryFolderSources } from './memory-folder.ts';
import { createMemoryLibraryStore } from './memory-library-store.ts';
import { createModelEdge, type ModelEdge } from './model-edge.ts';
import { createSeededRandom } from './seeded-random.ts';

export const quietLogger: Logger = { info: () => undefined, warn: () => undefined };

/** Knows every film to be a minute of 1080p. */
export const fakeProbe: MediaProbe = {
	probe: () =>
		Promise.resolve({
			durationMs: 60_000,
			widthPx: 1920,
			heightPx: 1080,
			mimeType: 'video/mp4',
			videoCodec: 'avc1.640028',
			audioCodec: 'mp4a.40.2',
		}),
};

/** Makes pictures that say which film and time they are of. */
const fakeGrabber: FrameGrabber = {
	grab: (_file, path, { atMs }) =>
		Promise.resolve(
			atMs.map((time) => ({
				atMs: time,
				image: new TextEncoder().encode(`${path} at ${String(time)}`),
			})),
		),
};

/** Finds the same in every file. */
export const fakeHasher: Hasher = {
	maxFilesAtOnce: 1,
	hash: (file, { onProgress }) => {
		onProgress(file.sizeBytes);
		const hashed = { sha256: new Uint8Array(32).fill(7), pieces: new Uint8Array(20).fill(1) };
		return Promise.resolve(hashed);
	},
	rest: () => undefined,
};

/** Transfers that move nothing and note what they are asked. */
export interface FakeTransfers extends Transfers {
	readonly options: TransfersOptions;
	readonly handled: string[];
	readonly remoteTargets: WatchTarget[];
	/** Negotiations this instance is to know. */
	readonly known: Set<string>;
	isStopped(): boolean;
	/** From now on these are watched: viewers by catalog id. */
	serve(viewersByEntry: Readonly<Record<string, number>>): void;
	/** A viewer opens a film or jumps in it. */
	waitForPicture(): void;
}

function createFakeTransfers(options: TransfersOptions): FakeTransfers {
	const handled: string[] = [];
	const remoteTargets: WatchTarget[] = [];
	const known = new Set<string>();
	const servingListeners = createListeners();
	const waitingListeners = createListeners();
	let viewersByEntry: Readonly<Record<string, number>> = {};
	let isStopped = false;
	return {
		swarms: createSwarmLinks({
			clock: options.clock,
			connect: () => Promise.reject(new GiggityflixError('not-found', 'nobody is there')),
		}),
		options,
		handled,
		remoteTargets,
		known,
		isStopped: () => isStopped,
		handleSignal(signal) {
			handled.push(signal.webrtcSessionId);
			return Promise.resolve();
		},
		knows: (webRtcSessionId) => known.has(webRtcSessionId),
		openRemote(target) {
			remoteTargets.push(target);
			return fakeRemoteSource();
		},
		serving: () => ({
			viewers: 0,
			uploadBytesPerSecond: 0,
			totalUploadedBytes: 0,
			viewersByEntry,
		}),
		onServingChange: servingListeners.add,
		onViewerWaits: waitingListeners.add,
		waitForPicture: waitingListeners.tell,
		serve(viewers) {
			viewersByEntry = viewers;
			servingListeners.tell();
		},
		signallingRestored: () => undefined,
		stop: () => (isStopped = true),
	};
}

function fakeRemoteSource(): WatchSource {
	return {
		open: () =>
			Promise.resolve({
				sizeBytes: 3,
				modifiedAtMs: 0,
				mimeType: 'video/mp4',
				fileName: 'remote.mp4',
				sideCars: [],
			}),
		read: async function* () {
			await Promise.resolve();
			yield new Uint8Array([1, 2, 3]);
		},
		close: () => undefined,
		connection: () => ({ kind: 'connecting', sinceMs: 0 }),
		subscribe: () => () => undefined,
		retry: () => undefined,
		learn: () => undefined,
		pictureShown: () => undefined,
		joinSwarm: () => undefined,
		startWithoutOwner: () => undefined,
		shares: () => [],
	};
}

export interface PeerFixture {
	readonly deps: PeerDependencies;
	readonly clock: FakeClock;
	readonly edge: ModelEdge;
	readonly store: ReturnType<typeof createMemoryLibraryStore>;
	readonly sources: ReturnType<typeof createMemoryFolderSources>;
	/** Every Transfers made with `deps`, in order. */
	readonly transfers: FakeTransfers[];
}

/** Fakes for one browser; several peers or tabs may be made of the same ones. */
export function createPeerFixture(
	overrides: Partial<PeerDependencies> & { edge?: ModelEdge; clock?: FakeClock } = {},
): PeerFixture {
	const { edge = createModelEdge(), clock = createFakeClock(), ...rest } = overrides;
	const store = createMemoryLibraryStore();
	const sources = createMemoryFolderSources();
	const transfers: FakeTransfers[] = [];
	const deps: PeerDependencies = {
		clock,
		randomBytes: createSeededRandom(),
		logger: quietLogger,
		folderSources: sources,
		libraryStore: store satisfies LibraryStore,
		mediaProbe: fakeProbe,
		frameGrabber: fakeGrabber,
		hasher: fakeHasher,
		hashCheckpoints: store,
		edgeTransport: edge.transport,
		peerLinks: {
			create: () => {
				throw new Error('no link is made with fake transfers');
			},
		},
		createTransfers(options) {
			const made = createFakeTransfers(options);
			transfers.push(made);
			return made;
		},
		...rest,
	};
	return { deps, clock, edge, store, sources, transfers };
}
