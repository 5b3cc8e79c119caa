// What the page is looking at, told to the edge, and what the edge tells about it. Survives reconnects: the
// wish is said again at every admission.
import { createListeners } from './listeners.ts';
import { create } from '@bufbuild/protobuf';
import { PeerMessageSchema } from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxInterestIds } from '../proto/limits.ts';
import type { EdgeSession } from './edge/edge-session.ts';
import type { CatalogEvent, Peer } from './peer.ts';

export type Interest = Parameters<Peer['setInterest']>[0];

export interface CatalogEvents {
	setInterest(interest: Interest): void;
	/** Says the interest to an edge that has just admitted us. */
	admitted(session: EdgeSession): void;
	emit(event: CatalogEvent): void;
	onEvent(listener: (event: CatalogEvent) => void): () => void;
}

export function createCatalogEvents(session: () => EdgeSession | undefined): CatalogEvents {
	const listeners = createListeners<CatalogEvent>();
	let interest: Interest = { wholeCatalog: false, catalogIds: [] };
	let hasInterest = false;

	function say(to: EdgeSession): void {
		to.send(
			create(PeerMessageSchema, {
				body: {
					case: 'catalogInterest',
					value: {
						wholeCatalog: interest.wholeCatalog,
						catalogIds: interest.catalogIds.slice(0, maxInterestIds),
					},
				},
			}),
		);
	}

	function emit(event: CatalogEvent): void {
		listeners.tell(event);
	}

	return {
		setInterest(next) {
			interest = next;
			hasInterest = true;
			const current = session();
			if (current) say(current);
		},
		admitted(session) {
			if (!hasInterest) return;
			say(session);
			// Whatever happened while we were away was not told.
			emit({ kind: 'changed', changes: [], truncated: true });
		},
		emit,
		onEvent: listeners.add,
	};
}
