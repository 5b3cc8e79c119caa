// Everything a whole peer is made of: the ports of the place it runs in and a few choices. A composition root
// (web/lib/browser, peer/node) fills it in.
import type { PeerId } from '../proto/ids.ts';
import type { PeerSettings } from './library/library-item.ts';
import type {
	Clock,
	EdgeTransport,
	FolderSources,
	FrameGrabber,
	HashCheckpoints,
	Hasher,
	LibraryStore,
	Logger,
	MediaProbe,
	PeerLinks,
	RandomBytes,
} from './ports.ts';
import type { Swarms } from './swarm/swarm.ts';
import type { PieceShelves } from './transfer/pieces/piece-shelf.ts';
import type { Transfers, TransfersOptions } from './transfer/transfers.ts';

/** What seeding needs of the place. */
export interface SeedingPorts {
	/** Used for nothing else, so that the same torrent can be joined for watching. */
	readonly swarms: Swarms;
	/** The trackers strangers are met on, our edge's first. */
	readonly announceUrls: () => readonly string[];
}

export interface PeerDependencies {
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly folderSources: FolderSources;
	readonly libraryStore: LibraryStore;
	readonly mediaProbe: MediaProbe;
	readonly frameGrabber: FrameGrabber;
	readonly hasher: Hasher;
	/** Absent: a large file whose hashing is interrupted is begun anew. */
	readonly hashCheckpoints?: HashCheckpoints;
	readonly edgeTransport: EdgeTransport;
	readonly peerLinks: PeerLinks;
	/** Absent: others get films over direct links alone. */
	readonly seeding?: SeedingPorts;
	/** Where verified pieces of others' films outlive the page, if anywhere. */
	readonly pieceShelves?: PieceShelves | undefined;
	readonly createTransfers: (options: TransfersOptions) => Transfers;
	/** Differ from `defaultSettings` on the first run; afterwards the stored ones count. */
	readonly initialSettings?: Partial<PeerSettings>;
	/** PEER_ID: a name instead of the id derived from the key, for as long as it is given. */
	readonly chosenPeerId?: PeerId;
}
