// What the handlers of edge messages may use: the stream they came on and the parts of the peer they concern,
// each as the few methods a handler needs.
import type {
	CatalogIdAssignments,
	PosterStored,
	SnapshotRequest,
	WebRtcSignal,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { CatalogId, MediaId } from '../../../proto/ids.ts';
import type { LibraryItem } from '../../library/library-item.ts';
import type { CatalogEvent } from '../../peer.ts';
import type { FrameGrabber, OpenFile } from '../../ports.ts';
import type { Seeding } from '../../swarm/seeding.ts';
import type { EdgeStream } from '../edge-session.ts';
import type { SwarmMemberships } from '../swarm-memberships.ts';

export interface EdgeMessageContext {
	readonly stream: EdgeStream;
	readonly announcer: {
		assigned(message: CatalogIdAssignments): void;
		snapshotRequested(message: SnapshotRequest): void;
	};
	readonly posters: { posterStored(message: PosterStored): void };
	readonly signals: { handle(signal: WebRtcSignal): Promise<void> };
	readonly swarms: Pick<SwarmMemberships, 'introduced'>;
	/** Absent where nothing is seeded. */
	readonly seeding?: Pick<Seeding, 'wanted'> | undefined;
	readonly catalogEvents: { emit(event: CatalogEvent): void };
	readonly files: CommandedFiles;
	readonly frameGrabber: FrameGrabber;
}

/** What commands of the edge may do to files: to offered ones, by catalog id. */
export interface CommandedFiles {
	/** Throws `not-found` for what is not offered. */
	find(catalogId: CatalogId): LibraryItem;
	/** Throws `corrupt` when it is not the version that was announced. */
	open(item: LibraryItem): Promise<OpenFile>;
	isDeleteAllowed(): boolean;
	/** Deletes the file from the disk and the item from the library. */
	delete(item: LibraryItem): Promise<void>;
	/** Its media id; hashes it first when it has none. Throws what reading throws. */
	hash(item: LibraryItem, signal: AbortSignal): Promise<MediaId>;
	/** Names the item by another id; the old one stays as an alias. */
	remap(item: LibraryItem, catalogId: CatalogId): void;
}
