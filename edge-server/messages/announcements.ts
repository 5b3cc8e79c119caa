// The order announcements must come in, as a state per session: pages of a snapshot in order and under one
// number, then deltas without a gap. A snapshot replaces everything, so its number only has to be higher
// than the last; a delta must follow exactly. Pure; publishing and answering is announce.ts.
import { GiggityflixError } from '../../proto/errors.ts';
import type { CatalogDelta, CatalogSnapshot } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxOffersPerPeer } from '../../proto/limits.ts';
import { createOfferTally, type OfferTally } from './offer-tally.ts';

type PageNumber = Pick<CatalogSnapshot, 'sequence' | 'page' | 'last'>;
type DeltaNumber = Pick<CatalogDelta, 'sequence'>;

export interface AnnouncementLog {
	/** Number of the last announcement that is complete. */
	lastSequence(): bigint;
	/**
	 * Whether to follow this page. False: it belongs to something that was already refused, and a snapshot has
	 * been asked for. Throws `invalid-argument` for a gap, `resource-exhausted` for too many offers.
	 */
	followsPage(page: PageNumber, offerIds: readonly string[]): boolean;
	/** The same for a delta. */
	followsDelta(delta: DeltaNumber, upsertedIds: readonly string[]): boolean;
	/** The page is stored. */
	pageStored(page: PageNumber, offerIds: readonly string[]): void;
	/** The delta is stored. */
	deltaStored(
		delta: DeltaNumber,
		upsertedIds: readonly string[],
		removedIds: readonly string[],
	): void;
	/** The announcements cannot be followed any more; returns how many times in a row that happened. */
	lost(): number;
}

type State =
	| { readonly kind: 'following' }
	| {
			readonly kind: 'receiving';
			readonly sequence: bigint;
			readonly nextPage: number;
			readonly tally: OfferTally;
	  }
	/** A snapshot was asked for. */
	| { readonly kind: 'lost' };

/** `lastSequence` is what the tracker has of this peer; the offers behind it are not counted again. */
export function createAnnouncementLog(startSequence: bigint): AnnouncementLog {
	let state: State = { kind: 'following' };
	let lastSequence = startSequence;
	/** What was announced to this session. Many peers only watch, or come back with nothing new. */
	let tally: OfferTally | undefined;
	let failures = 0;

	function complete(sequence: bigint): void {
		lastSequence = sequence;
		state = { kind: 'following' };
		failures = 0;
	}

	return {
		lastSequence: () => lastSequence,
		followsPage: (page, offerIds) => {
			if (!isNextPage(state, lastSequence, page)) return false;
			const counted =
				page.page > 0 && state.kind === 'receiving' ? state.tally : createOfferTally();
			requireRoom(counted, offerIds);
			return true;
		},
		followsDelta: (delta, upsertedIds) => {
			if (state.kind === 'lost') return false;
			if (state.kind === 'receiving') throw gap('a delta inside a snapshot');
			if (delta.sequence !== lastSequence + 1n)
				throw gap(`delta ${delta.sequence} is not the next`);
			requireRoom(tally ?? createOfferTally(), upsertedIds);
			return true;
		},
		pageStored: (page, offerIds) => {
			const received =
				page.page > 0 && state.kind === 'receiving' ? state.tally : createOfferTally();
			for (const offerId of offerIds) received.add(offerId);
			const { sequence } = page;
			state = { kind: 'receiving', sequence, nextPage: page.page + 1, tally: received };
			if (!page.last) return;
			tally = received;
			complete(sequence);
		},
		deltaStored: (delta, upsertedIds, removedIds) => {
			tally ??= createOfferTally();
			for (const offerId of upsertedIds) tally.add(offerId);
			for (const offerId of removedIds) tally.delete(offerId);
			complete(delta.sequence);
		},
		lost: () => {
			state = { kind: 'lost' };
			failures += 1;
			return failures;
		},
	};
}

function isNextPage(state: State, lastSequence: bigint, page: PageNumber): boolean {
	// The first page may come at any time: a peer may start its snapshot again.
	if (page.page === 0) {
		if (page.sequence > lastSequence) return true;
		throw gap(`snapshot ${page.sequence} is not after ${lastSequence}`);
	}
	if (state.kind === 'lost') return false;
	if (state.kind !== 'receiving') throw gap('a snapshot starts with page 0');
	if (page.sequence === state.sequence && page.page === state.nextPage) return true;
	throw gap(`page ${page.page} of ${page.sequence} is not the next`);
}

function requireRoom(tally: OfferTally, offerIds: readonly string[]): void {
	if (tally.count() + tally.countNew(offerIds) <= maxOffersPerPeer) return;
	throw new GiggityflixError('resource-exhausted', `more than ${maxOffersPerPeer} offers`);
}

function gap(message: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', message);
}
