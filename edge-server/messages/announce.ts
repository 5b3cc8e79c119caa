// An announcement on its way: checked, given catalog ids, stored by the bus, and only then answered. One
// that cannot be followed is answered with a request for a snapshot, so nothing is lost in silence.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	PeerCatalogUpdatedSchema,
	type PeerCatalogUpdated,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import type { FileOffer } from '../../proto/gen/giggityflix/v1/media_pb.js';
import {
	CatalogIdAssignmentsSchema,
	SnapshotRequestSchema,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { deriveCatalogId, parseOfferId, type CatalogId, type PeerId } from '../../proto/ids.ts';
import { pause, within } from '../sessions/deadline.ts';
import type { PeerContext } from './handlers.ts';

/** Times in a row a peer may fail to announce before it is refused: a defect must not turn into a loop. */
const maxFailures = 3;
/** Longest wait for the bus to store an announcement. */
const publishTimeoutMs = 10_000;
/** Wait before a snapshot is asked for when it is the bus that failed. */
const busRecoveryMs = 2_000;

/** What one message announces, once it is known to be in order. */
export interface Announced {
	readonly offers: readonly FileOffer[];
	readonly removedOfferIds: readonly string[];
	readonly event: Pick<PeerCatalogUpdated, 'catalogSequence' | 'isSnapshot' | 'page' | 'isLast'>;
	/** Moves the log forward. */
	readonly onStored: () => void;
}

/** `read` checks the message; it returns undefined for one that needs no answer and throws for a bad one. */
export async function announce(
	context: PeerContext,
	read: () => Announced | undefined,
): Promise<void> {
	try {
		const announced = read();
		if (announced === undefined) return;
		const assigned = announced.offers.map((offer) => ({
			catalogId: catalogIdOf(context.peer.peerId, offer.offerId),
			offer,
		}));
		await store(context, announced, assigned);
		announced.onStored();
		const assignments = assigned.map(({ catalogId, offer }) => ({
			offerId: offer.offerId,
			catalogId,
		}));
		const value = create(CatalogIdAssignmentsSchema, {
			sequence: announced.event.catalogSequence,
			assignments,
		});
		context.session.send({ case: 'catalogIdAssignments', value });
	} catch (caught) {
		await askForSnapshot(context, GiggityflixError.from(caught));
	}
}

async function store(
	context: PeerContext,
	announced: Announced,
	upserted: { catalogId: CatalogId; offer: FileOffer }[],
): Promise<void> {
	const { bus, topics, edgeId, session, clock } = context;
	const { peerId } = context.peer;
	const value = create(PeerCatalogUpdatedSchema, {
		peerId,
		edgeId,
		sessionId: session.id,
		...announced.event,
		upserted,
		removedCatalogIds: announced.removedOfferIds.map((offerId) => catalogIdOf(peerId, offerId)),
	});
	const stored = bus.publish(topics.peerCatalogUpdated, peerId, {
		case: 'peerCatalogUpdated',
		value,
	});
	try {
		await within(clock, publishTimeoutMs, 'storing an announcement', stored);
	} catch (caught) {
		throw new GiggityflixError('unavailable', 'the announcement could not be stored', {
			cause: caught,
		});
	}
}

async function askForSnapshot(context: PeerContext, error: GiggityflixError): Promise<void> {
	const { session, peer, clock } = context;
	if (peer.announcements.lost() >= maxFailures) {
		session.refuse(error);
		return;
	}
	// The session's other messages wait too: while the bus is away there is little else to do for them.
	if (error.code === 'unavailable') await pause(clock, busRecoveryMs);
	const value = create(SnapshotRequestSchema, {
		lastSequence: peer.announcements.lastSequence(),
		failure: error.toFailure(),
	});
	session.send({ case: 'snapshotRequest', value });
	// A defect of ours is the dispatcher's to log.
	if (error.code === 'internal') throw error;
}

function catalogIdOf(peerId: PeerId, offerId: string): CatalogId {
	return deriveCatalogId(peerId, parseOfferId(offerId));
}
