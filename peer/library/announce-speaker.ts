// Says the pages of one announcement and waits for their answers: a window ahead, in order, under the edge's
// rate. No number is said twice, for what was not answered may still arrive. Knows numbers and answers, not what is
// announced.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerMessageSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock, Logger } from '../ports.ts';
import { sendGently, type AnnounceSession } from './announce-session.ts';
import { createPace } from './pace.ts';
import type { WakeUp } from './wake-up.ts';

export interface AnnounceSpeaker {
	/**
	 * Says the pages made for the next number and resolves with it when all are answered. Throws `unavailable` when the
	 * edge asks for a snapshot instead, or does not answer: `isSnapshotRequested` then holds.
	 */
	announce(pagesOf: (sequence: number) => readonly Body[]): Promise<number>;
	assigned(sequence: number): void;
	snapshotRequested(lastSequence: number): void;
	isSnapshotRequested(): boolean;
	/** Number of the last announcement the edge has. */
	lastSequence(): number;
}

export interface AnnounceSpeakerDependencies {
	readonly clock: Clock;
	readonly logger: Logger;
	readonly numbers: AnnounceNumbers;
}

type Body = NonNullable<MessageInitShape<typeof PeerMessageSchema>['body']>;

/** An edge under load answers late; one that has forgotten the announcement never does. */
const answerTimeoutMs = 30_000;
/** Pages sent ahead of their answers. One at a time costs a round trip each; all at once floods the edge. */
const maxUnansweredPages = 8;
/** Part of the edge's message rate left to announcing; signalling and posters have the rest. */
const announceShareOfRate = 0.5;

/** The numbers of this peer's announcements, of all sessions and before a reload. */
export interface AnnounceNumbers {
	/** The highest that was ever said, answered or not; 0 for none. */
	lastSaid(): number;
	/** Called before a number is said for the first time. */
	saying(sequence: number): void;
}

/** `bell` is rung when an answer comes; nobody else may wait on it while `announce` runs. */
export function createAnnounceSpeaker(
	{ clock, logger, numbers }: AnnounceSpeakerDependencies,
	session: AnnounceSession,
	bell: WakeUp,
): AnnounceSpeaker {
	const pace = createPace(clock, session.limits.maxMessagesPerSecond * announceShareOfRate);
	let lastSequence = session.catalogSequence;
	let isSnapshotRequested = false;
	let answered = { sequence: -1, pages: 0 };

	async function untilAnswered(pages: number): Promise<void> {
		const deadlineMs = clock.monotonicMs() + answerTimeoutMs;
		while (answered.pages < pages) {
			const leftMs = deadlineMs - clock.monotonicMs();
			if (leftMs <= 0) {
				logger.warn('the edge did not answer an announcement', { sequence: answered.sequence });
				isSnapshotRequested = true;
			}
			if (isSnapshotRequested) {
				throw new GiggityflixError('unavailable', 'the announcement was not answered');
			}
			await bell.wait(session.signal, leftMs);
		}
	}

	return {
		async announce(pagesOf) {
			// A delta is said only where this is the edge's next: see `knownTo` in announcer.ts.
			const sequence = Math.max(lastSequence, numbers.lastSaid()) + 1;
			numbers.saying(sequence);
			isSnapshotRequested = false;
			answered = { sequence, pages: 0 };
			const pages = pagesOf(sequence);
			for (const [index, page] of pages.entries()) {
				await untilAnswered(index - maxUnansweredPages + 1);
				await sendGently(session, clock, pace, page);
			}
			await untilAnswered(pages.length);
			lastSequence = sequence;
			return sequence;
		},
		assigned(sequence) {
			if (sequence === answered.sequence) answered.pages += 1;
			bell.ring();
		},
		snapshotRequested(next) {
			lastSequence = next;
			isSnapshotRequested = true;
			bell.ring();
		},
		isSnapshotRequested: () => isSnapshotRequested,
		lastSequence: () => lastSequence,
	};
}
