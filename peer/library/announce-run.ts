// Announcing within one session at an edge: what to say next, said page by page, until the session ends.
// The loop of the announcer; what is remembered between sessions is not here.
import { GiggityflixError } from '../../proto/errors.ts';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Limits, PeerMessageSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock, Logger } from '../ports.ts';
import type { AnnounceSession } from './announce-session.ts';
import { createAnnounceSpeaker, type AnnounceNumbers } from './announce-speaker.ts';
import {
	fingerprintsOf,
	pagesOf,
	planAnnouncement,
	type Announced,
	type CatalogChange,
} from './announcement.ts';
import type { PreparedOffer } from './offer-of-item.ts';
import type { Offers } from './offers.ts';
import { createWakeUp } from './wake-up.ts';

/** The announcing of one session. */
export interface AnnounceRun {
	/** Something may have changed. */
	ring(): void;
	assigned(sequence: number): void;
	snapshotRequested(lastSequence: number): void;
	/** What the edge has answered; `undefined` before it is known. */
	known(): Announced | undefined;
}

export interface AnnounceRunDependencies {
	readonly clock: Clock;
	readonly logger: Logger;
	readonly offers: () => Offers;
	readonly numbers: AnnounceNumbers;
	/** What the edge is known to have. */
	readonly known: Announced | undefined;
	readonly onAnswered: (sequence: number, announced: Announced) => void;
}

/** At most four announcements a second: a probe in progress changes an item every 50 ms. */
const announceIntervalMs = 250;
/** After the first sign of a change: a scan rings once for every film it finds. */
const gatherMs = 20;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

/** Announces until the session's signal aborts. */
export function createAnnounceRun(
	deps: AnnounceRunDependencies,
	session: AnnounceSession,
): AnnounceRun {
	const { clock } = deps;
	const { signal, limits } = session;
	const bell = createWakeUp(clock);
	const speaker = createAnnounceSpeaker(deps, session, bell);
	let known = deps.known;
	/** Snapshots in a row that were not answered: there is something in them the edge refuses. */
	let failures = 0;

	function settle(sequence: number, announced: Announced): void {
		known = announced;
		failures = 0;
		deps.onAnswered(sequence, announced);
	}

	async function announceSnapshot(offers: Offers): Promise<void> {
		await clock.sleep(retryDelayMs(failures), signal);
		failures += 1;
		known = undefined;
		settle(await speaker.announce(snapshotOf(offers, limits)), fingerprintsOf(offers));
	}

	/** One announcement. False when there is nothing to say now. */
	async function step(): Promise<boolean> {
		const offers = firstOf(deps.offers(), limits.maxOffers);
		const isLost = speaker.isSnapshotRequested();
		// An edge that has nothing and an empty library agree already, unless something said before is still on its way.
		const hasNothing = speaker.lastSequence() === 0 && deps.numbers.lastSaid() === 0;
		if (!known && !isLost && offers.size === 0 && hasNothing) return false;
		const plan = planAnnouncement(isLost ? undefined : known, offers, limits);
		if (plan.kind === 'snapshot') await announceSnapshot(offers);
		if (plan.kind === 'delta') {
			settle(await speaker.announce((number) => [deltaOf(number, plan.delta)]), plan.after);
		}
		return plan.kind !== 'nothing';
	}

	async function work(): Promise<void> {
		for (;;) {
			try {
				if (await step()) {
					await clock.sleep(announceIntervalMs, signal);
				} else {
					await bell.wait(signal);
					await clock.sleep(gatherMs, signal);
				}
			} catch (caught) {
				signal.throwIfAborted();
				if (!speaker.isSnapshotRequested()) throw caught;
			}
		}
	}

	work().catch((caught: unknown) => {
		if (signal.aborted) return;
		deps.logger.warn('announcing stopped', { code: GiggityflixError.from(caught).code });
	});
	return {
		ring: bell.ring,
		assigned: speaker.assigned,
		snapshotRequested: speaker.snapshotRequested,
		known: () => known,
	};
}

/** None after one failure, which is only bad luck. */
function retryDelayMs(failures: number): number {
	return failures < 2 ? 0 : Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 2));
}

function firstOf(offers: Offers, maxCount: number): Offers {
	return offers.size <= maxCount ? offers : new Map([...offers].slice(0, maxCount));
}

type Body = NonNullable<MessageInitShape<typeof PeerMessageSchema>['body']>;

/** All pages, once the number is known. */
function snapshotOf(offers: Offers, limits: Limits): (sequence: number) => Body[] {
	const pages = pagesOf(offers.values(), limits);
	return (sequence) =>
		pages.map((page, index) => snapshotPage(sequence, page, index, pages.length));
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

function deltaOf(sequence: number, delta: CatalogChange): Body {
	return {
		case: 'catalogDelta',
		value: {
			sequence: BigInt(sequence),
			upserted: delta.upserted.map(({ offer }) => offer),
			removedOfferIds: [...delta.removedOfferIds],
		},
	};
}
