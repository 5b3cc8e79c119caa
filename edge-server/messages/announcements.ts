// The order announcements must come in, as a state per session: pages of a snapshot in order and under one
// number, then deltas without a gap. A snapshot replaces everything, so its number only has to be higher
// than the last; a delta must follow exactly. Pure; publishing and answering is announce.ts. A class, as all that an
// edge keeps of each peer.
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

/** `startSequence` is what the tracker has of this peer; the offers behind it are not counted again. */
export function createAnnouncementLog(startSequence: bigint): AnnouncementLog {
	return new SessionAnnouncements(startSequence);
}

const following: State = { kind: 'following' };

class SessionAnnouncements implements AnnouncementLog {
	#state: State = following;
	#lastSequence: bigint;
	/** What was announced to this session. Many peers only watch, or come back with nothing new. */
	#tally: OfferTally | undefined;
	#failures = 0;

	constructor(startSequence: bigint) {
		this.#lastSequence = startSequence;
	}

	lastSequence(): bigint {
		return this.#lastSequence;
	}

	followsPage(page: PageNumber, offerIds: readonly string[]): boolean {
		if (!isNextPage(this.#state, this.#lastSequence, page)) return false;
		requireRoom(this.#tallyOf(page), offerIds);
		return true;
	}

	followsDelta(delta: DeltaNumber, upsertedIds: readonly string[]): boolean {
		if (this.#state.kind === 'lost') return false;
		if (this.#state.kind === 'receiving') throw gap('a delta inside a snapshot');
		if (delta.sequence !== this.#lastSequence + 1n) {
			throw gap(`delta ${delta.sequence} is not the next`);
		}
		requireRoom(this.#tally ?? createOfferTally(), upsertedIds);
		return true;
	}

	pageStored(page: PageNumber, offerIds: readonly string[]): void {
		const tally = this.#tallyOf(page);
		for (const offerId of offerIds) tally.add(offerId);
		const { sequence } = page;
		this.#state = { kind: 'receiving', sequence, nextPage: page.page + 1, tally };
		if (!page.last) return;
		this.#tally = tally;
		this.#complete(sequence);
	}

	deltaStored(
		delta: DeltaNumber,
		upsertedIds: readonly string[],
		removedIds: readonly string[],
	): void {
		this.#tally ??= createOfferTally();
		for (const offerId of upsertedIds) this.#tally.add(offerId);
		for (const offerId of removedIds) this.#tally.delete(offerId);
		this.#complete(delta.sequence);
	}

	lost(): number {
		this.#state = { kind: 'lost' };
		this.#failures += 1;
		return this.#failures;
	}

	/** What the pages before this one have announced. */
	#tallyOf({ page }: PageNumber): OfferTally {
		return page > 0 && this.#state.kind === 'receiving' ? this.#state.tally : createOfferTally();
	}

	#complete(sequence: bigint): void {
		this.#lastSequence = sequence;
		this.#state = following;
		this.#failures = 0;
	}
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
