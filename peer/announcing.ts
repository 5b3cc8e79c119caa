// Wires the announcer and the poster courier to the library and the stored record: what is offered, what was
// answered, and where that is remembered.
import { parseCatalogId } from '../proto/ids.ts';
import type { CatalogIdAssignment } from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { withCatalogId } from './edge/commanded-files.ts';
import type { StoredPeer } from './identity/stored-peer.ts';
import type { AnnounceSession } from './library/announce-session.ts';
import type { AnnounceNumbers } from './library/announce-speaker.ts';
import { createAnnouncer, type Announcer } from './library/announcer.ts';
import type { Folders } from './library/folders.ts';
import type { LibraryItem } from './library/library-item.ts';
import type { Library } from './library/library.ts';
import { createOffers } from './library/offers.ts';
import { createPosterCourier, type PosterCourier } from './library/poster-courier.ts';
import type { Clock, LibraryStore, Logger } from './ports.ts';

export interface Announcing {
	readonly announcer: Announcer;
	readonly posters: PosterCourier;
	/** An edge admitted us. */
	begin(session: AnnounceSession): void;
	/** Items, folders or permissions may have changed. */
	ring(): void;
}

export function createAnnouncing(deps: {
	readonly clock: Clock;
	readonly logger: Logger;
	readonly store: LibraryStore;
	readonly library: Library;
	readonly folders: Folders;
	readonly stored: () => StoredPeer;
}): Announcing {
	const { clock, logger, library } = deps;

	function takeAssignments(assignments: readonly CatalogIdAssignment[]): void {
		const saved: LibraryItem[] = [];
		for (const { offerId, catalogId } of assignments) {
			const item = library.item(offerId);
			if (!item) continue;
			// An edge that does not know of a remap names the item by its first id again.
			if (item.aliasCatalogIds?.some((alias) => alias === catalogId)) continue;
			const named = withCatalogId(item, parseCatalogId(catalogId));
			if (named !== item) saved.push(named);
		}
		library.change({ saved, deletedOfferIds: [] });
	}

	const announcer: Announcer = createAnnouncer({
		...{ clock, logger },
		offers: createOffers(library, deps.folders),
		memory() {
			const { announcedSequence, announcedEdgeId, announcedDigest } = deps.stored().record();
			if (announcedEdgeId === undefined || announcedDigest === undefined) return undefined;
			return { sequence: announcedSequence, edgeId: announcedEdgeId, digest: announcedDigest };
		},
		remember({ sequence, edgeId, digest }) {
			void deps.stored().update({
				announcedSequence: sequence,
				announcedEdgeId: edgeId,
				announcedDigest: digest,
			});
		},
		numbers: storedNumbers(deps.stored),
		onAssigned: takeAssignments,
		onAnnounced: () => posters.ring(),
	});
	const posters = createPosterCourier({
		clock,
		logger,
		library,
		lastEdgeId: () => deps.stored().record().announcedEdgeId,
		isAnnounced: (offerId) => announcer.isAnnounced(offerId),
		loadPoster: (offerId) => deps.store.loadPoster(offerId),
	});

	return {
		announcer,
		posters,
		begin(session) {
			posters.begin(session);
			announcer.begin(session);
		},
		ring() {
			announcer.libraryChanged();
			posters.ring();
		},
	};
}

function storedNumbers(stored: () => StoredPeer): AnnounceNumbers {
	return {
		lastSaid: () => stored().record().saidSequence ?? 0,
		saying: (saidSequence) => void stored().update({ saidSequence }),
	};
}
