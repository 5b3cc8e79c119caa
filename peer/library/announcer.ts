// Keeps the edge's catalog in step with the library: a snapshot when the two have lost each other, deltas
// after that, one announcement at a time, each counted only when the edge has answered it. Rule: the next
// announcement is computed from what was answered, so whatever is lost on the way is said again. Knows
// nothing of sockets, and of the library only its offers.
import type {
	CatalogIdAssignment,
	CatalogIdAssignments,
	SnapshotRequest,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { OfferId } from '../../proto/ids.ts';
import type { Clock, Logger } from '../ports.ts';
import { createAnnounceRun, type AnnounceRun } from './announce-run.ts';
import type { AnnounceSession } from './announce-session.ts';
import type { AnnounceNumbers } from './announce-speaker.ts';
import { fingerprintsOf, type Announced } from './announcement.ts';
import { digestOfOffers } from './offer-of-item.ts';
import type { Offers } from './offers.ts';

/** What has to survive a reload: with an equal digest nothing has to be announced again. */
export interface AnnounceMemory {
	readonly sequence: number;
	readonly edgeId: string;
	readonly digest: string;
}

export interface Announcer {
	/** An edge admitted us; announces until the session's signal aborts. */
	begin(session: AnnounceSession): void;
	/** Something about the library may have changed. Cheap. */
	libraryChanged(): void;
	assigned(message: CatalogIdAssignments): void;
	snapshotRequested(message: SnapshotRequest): void;
	/** Whether the edge has answered an announcement of this offer in this session. */
	isAnnounced(offerId: OfferId): boolean;
}

export interface AnnouncerDependencies {
	readonly clock: Clock;
	readonly logger: Logger;
	readonly offers: () => Offers;
	readonly memory: () => AnnounceMemory | undefined;
	readonly remember: (memory: AnnounceMemory) => void;
	readonly numbers: AnnounceNumbers;
	/** Hears the catalog ids the edge gives. */
	readonly onAssigned: (assignments: readonly CatalogIdAssignment[]) => void;
	/** An announcement was answered. */
	readonly onAnnounced: () => void;
}

export function createAnnouncer(deps: AnnouncerDependencies): Announcer {
	/** What the edge has answered; `undefined` after a start, when only the digest is known. */
	let announced: Announced | undefined;
	let run: AnnounceRun | undefined;

	/** What the edge of a new session has of ours, as far as we can tell. */
	function knownTo(session: AnnounceSession): Announced | undefined {
		const memory = deps.memory();
		const isSame =
			session.catalogSequence > 0 &&
			memory?.edgeId === session.edgeId &&
			memory.sequence === session.catalogSequence &&
			// What was said and not answered may still come, and then the edge has more than it knows now.
			deps.numbers.lastSaid() <= memory.sequence;
		if (!isSame) return undefined;
		if (announced) return announced;
		const offers = fingerprintsOf(deps.offers());
		return memory.digest === digestOfOffers(offers.values()) ? offers : undefined;
	}

	return {
		begin(session) {
			announced = knownTo(session);
			const { clock, logger, offers, numbers } = deps;
			run = createAnnounceRun(
				{
					clock,
					logger,
					offers,
					numbers,
					known: announced,
					onAnswered(sequence, next) {
						announced = next;
						const digest = digestOfOffers(next.values());
						deps.remember({ sequence, edgeId: session.edgeId, digest });
						deps.onAnnounced();
					},
				},
				session,
			);
		},
		libraryChanged: () => run?.ring(),
		assigned(message) {
			deps.onAssigned(message.assignments);
			run?.assigned(Number(message.sequence));
		},
		snapshotRequested: (message) => run?.snapshotRequested(Number(message.lastSequence)),
		isAnnounced: (offerId) => run?.known()?.has(offerId) ?? false,
	};
}
