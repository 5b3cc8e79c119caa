// Keeps the edge's catalog in step with the library: a snapshot when the two have lost each other, deltas
// after that, one announcement at a time, each counted only when the edge has answered it. Rule: the next
// announcement is computed from what was answered, so whatever is lost on the way is said again. Knows
// nothing of sockets, and of the library only its offers.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
	PeerMessageSchema,
	type CatalogIdAssignment,
	type CatalogIdAssignments,
	type Limits,
	type PeerMessage,
	type SnapshotRequest,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { OfferId } from '../../proto/ids.ts';
import type { Clock, Logger } from '../ports.ts';
import {
	changeBetween,
	firstDelta,
	isSnapshotShorter,
	pagesOf,
	type Announced,
} from './announcement.ts';
import { digestOfOffers, type PreparedOffer } from './offer-of-item.ts';
import type { Offers } from './offers.ts';
import { createPace, type Pace } from './pace.ts';
import { createWakeUp } from './wake-up.ts';

/** One admission at an edge, as far as announcing goes. */
export interface AnnounceSession {
	readonly edgeId: string;
	/** The last announcement the edge has; 0 for none. */
	readonly catalogSequence: number;
	readonly limits: Limits;
	send(message: PeerMessage): void;
	bufferedBytes(): number;
	/** Aborts when the session ends. */
	readonly signal: AbortSignal;
}

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
	/** Hears the catalog ids the edge gives. */
	readonly onAssigned: (assignments: readonly CatalogIdAssignment[]) => void;
	/** An announcement was answered. */
	readonly onAnnounced: () => void;
}

/** At most four announcements a second: a probe in progress changes an item every 50 ms. */
const announceIntervalMs = 250;
/** After the first sign of a change: a scan rings once for every film it finds. */
const gatherMs = 20;
/** An edge under load answers late; one that has forgotten the announcement never does. */
const answerTimeoutMs = 30_000;
/** Pages sent ahead of their answers. One at a time costs a round trip each; all at once floods the edge. */
const maxUnansweredPages = 8;
/** More than this waiting in the socket and posters would stand in the way of signalling. */
export const maxBufferedBytes = 256 * 1024;
const bufferPollMs = 50;
/** Part of the edge's message rate left to announcing; signalling has the rest. */
const announceShareOfRate = 0.5;

export function createAnnouncer(deps: AnnouncerDependencies): Announcer {
	/** What the edge has answered; `undefined` after a start, when only the digest is known. */
	let announced: Announced | undefined;
	let run: Run | undefined;

	return {
		begin(session) {
			const memory = deps.memory();
			const isSame =
				session.catalogSequence > 0 &&
				memory?.edgeId === session.edgeId &&
				memory.sequence === session.catalogSequence;
			const offers = fingerprintsOf(deps.offers());
			if (isSame && !announced && memory.digest === digestOfOffers(offers.values())) {
				announced = offers;
			}
			run = createRun(deps, session, {
				known: isSame ? announced : undefined,
				onAnswered: (next) => (announced = next),
			});
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

/** The announcing of one session. */
interface Run {
	ring(): void;
	assigned(sequence: number): void;
	snapshotRequested(lastSequence: number): void;
	known(): Announced | undefined;
}

/** Thrown inside a run when the edge asks for a snapshot instead of answering. */
const superseded = Symbol('superseded');

function createRun(
	deps: AnnouncerDependencies,
	session: AnnounceSession,
	state: { known: Announced | undefined; onAnswered: (announced: Announced) => void },
): Run {
	const { clock, logger } = deps;
	const { signal, limits } = session;
	const bell = createWakeUp(clock);
	const pace = createPace(clock, limits.maxMessagesPerSecond * announceShareOfRate);
	let known = state.known;
	/** Number of the last announcement the edge has. */
	let sequence = session.catalogSequence;
	let isSnapshotRequested = false;
	let failures = 0;
	let answered = { sequence: -1, pages: 0 };

	/** Says pages in order and waits until each is answered. */
	async function announce(bodies: readonly Body[], next: number): Promise<void> {
		answered = { sequence: next, pages: 0 };
		for (const [index, body] of bodies.entries()) {
			await untilAnswered(index - maxUnansweredPages + 1);
			await sendGently(session, clock, pace, body);
		}
		await untilAnswered(bodies.length);
	}

	async function untilAnswered(pages: number): Promise<void> {
		const deadlineMs = clock.monotonicMs() + answerTimeoutMs;
		while (answered.pages < pages) {
			if (isSnapshotRequested) throw superseded;
			const leftMs = deadlineMs - clock.monotonicMs();
			if (leftMs <= 0) {
				logger.warn('the edge did not answer an announcement', { sequence: answered.sequence });
				isSnapshotRequested = true;
				throw superseded;
			}
			await bell.wait(signal, leftMs);
		}
	}

	function settle(next: number, announced: Announced): void {
		sequence = next;
		known = announced;
		failures = 0;
		state.onAnswered(announced);
		deps.remember({
			sequence,
			edgeId: session.edgeId,
			digest: digestOfOffers(announced.values()),
		});
		deps.onAnnounced();
	}

	async function announceSnapshot(offers: Offers): Promise<void> {
		// A snapshot that is asked for again and again has something in it the edge refuses.
		if (failures > 1) await clock.sleep(Math.min(60_000, 500 * 2 ** failures), signal);
		failures += 1;
		isSnapshotRequested = false;
		const next = sequence + 1;
		const pages = pagesOf(offers.values(), limits);
		const bodies = pages.map((page, index) => snapshotPage(next, page, index, pages.length));
		await announce(bodies, next);
		settle(next, fingerprintsOf(offers));
	}

	/** Announces the first part of what has changed. False when there was nothing to say. */
	async function announceDelta(offers: Offers, announced: Announced): Promise<boolean> {
		const change = changeBetween(announced, offers);
		if (change.upserted.length === 0 && change.removedOfferIds.length === 0) return false;
		if (isSnapshotShorter(change, offers, limits.maxOffersPerPage)) {
			await announceSnapshot(offers);
			return true;
		}
		const delta = firstDelta(change, limits);
		const next = sequence + 1;
		await announce([deltaOf(next, delta)], next);
		const after = new Map(announced);
		for (const { offer, fingerprint } of delta.upserted) {
			after.set(offer.offerId as OfferId, fingerprint);
		}
		for (const offerId of delta.removedOfferIds) after.delete(offerId);
		settle(next, after);
		return true;
	}

	/** One announcement. False when there is nothing to say now. */
	async function step(): Promise<boolean> {
		const offers = firstOf(deps.offers(), limits.maxOffers);
		if (known && !isSnapshotRequested) return announceDelta(offers, known);
		// An edge that has nothing and an empty library agree already.
		if (offers.size === 0 && sequence === 0 && !isSnapshotRequested) return false;
		await announceSnapshot(offers);
		return true;
	}

	async function work(): Promise<void> {
		for (;;) {
			let hasSpoken = true;
			try {
				hasSpoken = await step();
			} catch (caught) {
				if (signal.aborted) return;
				if (caught !== superseded) throw caught;
			}
			if (hasSpoken) await clock.sleep(announceIntervalMs, signal);
			else {
				await bell.wait(signal);
				await clock.sleep(gatherMs, signal);
			}
		}
	}

	work().catch((caught: unknown) => {
		if (!signal.aborted) logger.warn('announcing stopped', { error: String(caught) });
	});

	return {
		ring: () => bell.ring(),
		known: () => known,
		assigned(answeredSequence) {
			if (answeredSequence === answered.sequence) answered.pages += 1;
			bell.ring();
		},
		snapshotRequested(lastSequence) {
			sequence = lastSequence;
			isSnapshotRequested = true;
			bell.ring();
		},
	};
}

type Body = NonNullable<MessageInitShape<typeof PeerMessageSchema>['body']>;

/** Sends when the rate and the socket allow. */
export async function sendGently(
	session: AnnounceSession,
	clock: Clock,
	pace: Pace,
	body: Body,
): Promise<void> {
	await pace.turn(session.signal);
	while (session.bufferedBytes() > maxBufferedBytes) {
		await clock.sleep(bufferPollMs, session.signal);
	}
	session.send(create(PeerMessageSchema, { body }));
}

function snapshotPage(
	sequence: number,
	page: readonly PreparedOffer[],
	index: number,
	pageCount: number,
): Body {
	return {
		case: 'catalogSnapshot',
		value: {
			sequence: BigInt(sequence),
			page: index,
			last: index === pageCount - 1,
			offers: page.map(({ offer }) => offer),
		},
	};
}

function deltaOf(
	sequence: number,
	delta: { upserted: readonly PreparedOffer[]; removedOfferIds: readonly OfferId[] },
): Body {
	return {
		case: 'catalogDelta',
		value: {
			sequence: BigInt(sequence),
			upserted: delta.upserted.map(({ offer }) => offer),
			removedOfferIds: [...delta.removedOfferIds],
		},
	};
}

function fingerprintsOf(offers: Offers): Map<OfferId, string> {
	return new Map([...offers].map(([offerId, { fingerprint }]) => [offerId, fingerprint]));
}

function firstOf(offers: Offers, maxCount: number): Offers {
	return offers.size <= maxCount ? offers : new Map([...offers].slice(0, maxCount));
}
