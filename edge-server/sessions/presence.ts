// A peer's presence at this edge: its lease and its two lifecycle events. Begun once and ended once,
// whatever fails in between: for every `established` there is one `closed`, in that order. Knows nothing
// of streams.
import { create } from '@bufbuild/protobuf';
import type { EventBody, MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	CloseReason,
	PeerConnectionClosedSchema,
	PeerConnectionEstablishedSchema,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import type { EdgeId, PeerId, SessionId } from '../../proto/ids.ts';
import type { Clock, Logger } from '../ports.ts';
import { pause, within } from './deadline.ts';
import type { Leases } from './leases.ts';

/** Longest wait for the bus to store an event. A bus that is slower than this is as good as away. */
const publishTimeoutMs = 5_000;
/** Waits between the tries to publish that a peer has left. After the last one the tracker's sweep says so. */
const closedRetryDelaysMs = [250, 1_000];

export interface Presence {
	/** Sequence number of the last announcement the tracker has of this peer. */
	readonly catalogSequence: bigint;
	/**
	 * Publishes that the peer has left and gives the lease back, unless it was replaced: then its successor's claim
	 * takes the lease over. What could not be published is left to the tracker, when the lease runs out. Once; later
	 * calls wait for the first. Never throws.
	 */
	end(reason: CloseReason): Promise<void>;
}

export interface NewPresence {
	readonly peerId: PeerId;
	readonly sessionId: SessionId;
	readonly publicKey: Uint8Array;
	readonly displayName: string;
}

export interface Presences {
	/** Takes the lease and publishes that the peer is here. Throws as `Leases.claim`, and `unavailable` without a bus. */
	begin(peer: NewPresence): Promise<Presence>;
}

interface Deps {
	readonly edgeId: EdgeId;
	readonly leases: Leases;
	readonly bus: MessageBus;
	readonly topics: Topics;
	readonly clock: Clock;
	readonly logger: Logger;
}

export function createPresences(deps: Deps): Presences {
	return {
		begin: async (peer) => {
			const { peerId, sessionId } = peer;
			const present = { peerId, sessionId };
			const catalogSequence = await deps.leases.claim(peerId, sessionId, peer.publicKey);
			try {
				await publishEstablished(deps, peer);
			} catch (caught) {
				// It may have been stored although the bus did not say so: closed follows all the same, and
				// a consumer that has not seen this session ignores it.
				await leave(deps, present, CloseReason.REJECTED);
				throw new GiggityflixError('unavailable', 'the bus cannot be reached', { cause: caught });
			}
			return new LeasedPresence(deps, present, catalogSequence);
		},
	};
}

type Present = Pick<NewPresence, 'peerId' | 'sessionId'>;

/** What is kept while the peer is here: as little as telling its end takes. */
class LeasedPresence implements Presence {
	readonly catalogSequence: bigint;
	readonly #deps: Deps;
	readonly #peerId: PeerId;
	readonly #sessionId: SessionId;
	#ended: Promise<void> | undefined;

	constructor(deps: Deps, { peerId, sessionId }: Present, catalogSequence: bigint) {
		this.catalogSequence = catalogSequence;
		this.#deps = deps;
		this.#peerId = peerId;
		this.#sessionId = sessionId;
	}

	end(reason: CloseReason): Promise<void> {
		const peer = { peerId: this.#peerId, sessionId: this.#sessionId };
		return (this.#ended ??= leave(this.#deps, peer, reason));
	}
}

async function leave(deps: Deps, peer: Present, reason: CloseReason): Promise<void> {
	const { leases } = deps;
	if (!(await publishClosed(deps, peer, reason))) leases.lapse(peer.peerId, peer.sessionId);
	// The successor's claim names this session and takes the lease over without a gap.
	else if (reason !== CloseReason.REPLACED) await leases.release(peer.peerId, peer.sessionId);
}

function publishEstablished(deps: Deps, peer: NewPresence): Promise<void> {
	const { edgeId } = deps;
	const value = create(PeerConnectionEstablishedSchema, { ...peer, edgeId });
	return publish(deps, deps.topics.peerConnectionEstablished, peer.peerId, {
		case: 'peerConnectionEstablished',
		value,
	});
}

/** Whether the bus has stored it. */
async function publishClosed(deps: Deps, peer: Present, reason: CloseReason): Promise<boolean> {
	const { edgeId, clock, logger } = deps;
	const { peerId, sessionId } = peer;
	const value = create(PeerConnectionClosedSchema, { peerId, edgeId, sessionId, reason });
	for (const retryDelayMs of [...closedRetryDelaysMs, undefined]) {
		try {
			await publish(deps, deps.topics.peerConnectionClosed, peerId, {
				case: 'peerConnectionClosed',
				value,
			});
			return true;
		} catch (caught) {
			const { code, message } = GiggityflixError.from(caught);
			// A publish that takes too long may still arrive; a second one could then be one too many.
			if (retryDelayMs === undefined || code === 'timed-out') {
				logger.error('the end of a session could not be published', { peerId, reason: message });
				return false;
			}
			await pause(clock, retryDelayMs);
		}
	}
	return false;
}

function publish(
	deps: Deps,
	topic: Topics['peerConnectionClosed'],
	key: string,
	body: EventBody,
): Promise<void> {
	const stored = deps.bus.publish(topic, key, body);
	return within(deps.clock, publishTimeoutMs, 'publishing', stored);
}
