// Brings posters to the edge, one at a time behind the announcements, and remembers which the edge holds.
// Rule: a poster follows its offer, never goes before it; one that is refused waits for the next session.
import type { PosterStored } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { OfferId } from '../../proto/ids.ts';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Clock, Logger } from '../ports.ts';
import { sendGently, type AnnounceSession } from './announce-session.ts';
import type { LibraryItem } from './library-item.ts';
import type { Library } from './library.ts';
import { createPace, type Pace } from './pace.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';
import { without } from './without.ts';

export interface PosterCourier {
	/** Brings posters until the session's signal aborts. Called before the announcer begins. */
	begin(session: AnnounceSession): void;
	/** Something was announced, or a poster was made. */
	ring(): void;
	posterStored(message: PosterStored): void;
}

export interface PosterCourierDependencies {
	readonly library: Library;
	readonly clock: Clock;
	readonly logger: Logger;
	/** The edge that answered the last announcement. */
	readonly lastEdgeId: () => string | undefined;
	readonly isAnnounced: (offerId: OfferId) => boolean;
	readonly loadPoster: (offerId: OfferId) => Promise<Uint8Array | undefined>;
}

/** A quarter of the edge's rate: twenty pictures a second and more, and signalling does not notice. */
const posterShareOfRate = 0.25;
const answerTimeoutMs = 10_000;
/** After the first sign of something to bring, so that many changes cost one look. */
const gatherMs = 100;

/** The posters of one session. */
interface Round {
	readonly session: AnnounceSession;
	readonly pace: Pace;
	readonly bell: WakeUp;
	/** Item and poster, so that a new picture of a refused one is tried. */
	readonly tried: Set<string>;
	awaited: OfferId | undefined;
}

export function createPosterCourier(deps: PosterCourierDependencies): PosterCourier {
	const { library, clock } = deps;
	let round: Round | undefined;

	function isWaiting({ offerId, poster, storedPosterId }: LibraryItem, { tried }: Round): boolean {
		if (poster.kind !== 'done' || poster.posterId === storedPosterId) return false;
		return !tried.has(`${offerId}/${poster.posterId}`) && deps.isAnnounced(offerId);
	}

	async function work(own: Round): Promise<void> {
		const { session, bell } = own;
		for (;;) {
			// One look at the library for all that wait: there may be ten thousand.
			const waiting = library.items().filter((item) => isWaiting(item, own));
			for (const { offerId } of waiting) {
				const item = library.item(offerId);
				if (item && isWaiting(item, own)) await bring(deps, own, item);
			}
			if (waiting.length > 0) continue;
			await bell.wait(session.signal);
			await clock.sleep(gatherMs, session.signal);
		}
	}

	return {
		begin(session) {
			if (session.catalogSequence === 0 || session.edgeId !== deps.lastEdgeId()) {
				forgetStoredPosters(library);
			}
			round = {
				session,
				pace: createPace(clock, session.limits.maxMessagesPerSecond * posterShareOfRate),
				bell: createWakeUp(clock),
				tried: new Set(),
				awaited: undefined,
			};
			work(round).catch((caught: unknown) => {
				if (session.signal.aborted) return;
				deps.logger.warn('bringing posters stopped', { error: String(caught) });
			});
		},
		ring: () => round?.bell.ring(),
		posterStored(message) {
			const item = library.item(message.offerId);
			if (round?.awaited === message.offerId) round.awaited = undefined;
			if (item && message.posterId.length > 0) {
				library.update(item.offerId, (current) => ({
					...current,
					storedPosterId: bytesToHex(message.posterId),
				}));
			}
			round?.bell.ring();
		},
	};
}

/** Sends the picture of an item and waits for the answer, not for ever. */
async function bring(
	{ clock, loadPoster }: PosterCourierDependencies,
	round: Round,
	{ offerId, poster }: LibraryItem,
): Promise<void> {
	if (poster.kind !== 'done') return;
	const { session, pace, bell, tried } = round;
	tried.add(`${offerId}/${poster.posterId}`);
	const image = await loadPoster(offerId);
	if (!image || image.length > session.limits.maxPosterBytes) return;
	round.awaited = offerId;
	await sendGently(session, clock, pace, { case: 'poster', value: { offerId, image } });
	const deadlineMs = clock.monotonicMs() + answerTimeoutMs;
	while (round.awaited && clock.monotonicMs() < deadlineMs) {
		await bell.wait(session.signal, deadlineMs - clock.monotonicMs());
	}
}

/** An edge we have not spoken to, or one that lost our catalog, may have none of our pictures. */
function forgetStoredPosters(library: Library): void {
	const saved = [...library.allItems()]
		.filter(({ storedPosterId }) => storedPosterId !== undefined)
		.map((item) => without(item, 'storedPosterId'));
	library.change({ saved, deletedOfferIds: [] });
}
