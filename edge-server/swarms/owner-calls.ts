// Asks owners to seed what somebody wants. The tracker knows whose public offer a torrent is; the best of them are
// asked to join for a while, and asked again as long as it is wanted. Nothing else makes an owner join a swarm, so
// what nobody wants costs nobody a connection. Knows neither sockets nor who is in a swarm.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	SwarmWantedSchema,
	type SwarmWanted,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerLease } from '../../proto/gen/giggityflix/v1/tracker_pb.js';
import type { PeerId } from '../../proto/ids.ts';
import type { Clock, Logger, TrackerClient } from '../ports.ts';
import { putNewest } from '../put-newest.ts';
import { createTokenBucket } from '../sessions/rate-limit.ts';

declare const brand: unique symbol;
/** 40 hexadecimal digits. */
export type InfoHash = string & { readonly [brand]: 'InfoHash' };

/** Where those who want it can be met. */
export type MeetingPlace = 'edge' | 'announce-tracker';

export interface OwnerCalls {
	/**
	 * Does nothing while the last call still holds, or when nobody offers the torrent to everyone. `waiting` are in the
	 * swarm already, for owners at other edges to be introduced to.
	 */
	call(infoHash: InfoHash, place: MeetingPlace, waiting?: readonly PeerId[]): void;
}

/** A call holds three times as long as it takes to the next, so that one may be lost. */
const places: Record<MeetingPlace, { readonly repeatMs: number; readonly wantedMs: number }> = {
	edge: { repeatMs: 20_000, wantedMs: 60_000 },
	// Clients of the announce tracker are heard every two minutes.
	'announce-tracker': { repeatMs: 60_000, wantedMs: 180_000 },
};
/** Owners asked for one torrent: enough to fill a viewer's line, and to lose some. */
const maxOwners = 4;
/** Questions to the tracker; what is over is asked again by those who want it. */
const maxQuestionsPerSecond = 100;
const maxQuestionBurst = 500;
/** Calls remembered. When there are more, the oldest may be repeated too soon. */
const maxRemembered = 20_000;
const trackerTimeoutMs = 5_000;

export interface OwnerCallsDeps {
	readonly tracker: Pick<TrackerClient, 'locateTorrent'>;
	/** To a peer of any edge; whoever is not there, or too far behind, is passed over. */
	readonly tell: (owner: PeerLease, wanted: SwarmWanted, waiting: readonly PeerId[]) => void;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	readonly logger: Logger;
}

export function createOwnerCalls(deps: OwnerCallsDeps): OwnerCalls {
	const { clock, logger } = deps;
	const bucket = createTokenBucket({
		ratePerSecond: maxQuestionsPerSecond,
		burst: maxQuestionBurst,
		nowMs: clock.monotonicMs(),
	});
	/** When each may be called again; the oldest call first. */
	const heldUntilMs = new Map<string, number>();

	return {
		call(infoHash, place, waiting = []) {
			const key = `${place} ${infoHash}`;
			const nowMs = clock.monotonicMs();
			if ((heldUntilMs.get(key) ?? 0) > nowMs || !bucket.take(nowMs)) return;
			putNewest(heldUntilMs, key, nowMs + places[place].repeatMs, maxRemembered);
			askOwners(deps, infoHash, place, waiting).catch((caught: unknown) => {
				const { code } = GiggityflixError.from(caught);
				if (code !== 'not-found') logger.warn('owners could not be asked to seed', { code });
			});
		},
	};
}

/** Throws `invalid-argument`. */
export function toInfoHash(bytes: Uint8Array): InfoHash {
	if (bytes.length === 20) return Buffer.from(bytes).toString('hex') as InfoHash;
	throw new GiggityflixError('invalid-argument', 'malformed info hash');
}

async function askOwners(
	{ tracker, tell }: OwnerCallsDeps,
	infoHash: InfoHash,
	place: MeetingPlace,
	waiting: readonly PeerId[],
): Promise<void> {
	const { catalogId, torrent, leases } = await tracker.locateTorrent(
		{ infoHash: Buffer.from(infoHash, 'hex') },
		{ timeoutMs: trackerTimeoutMs },
	);
	if (!torrent) return;
	const wanted = create(SwarmWantedSchema, {
		...{ catalogId, torrent, forMs: places[place].wantedMs },
		onAnnounceTracker: place === 'announce-tracker',
	});
	for (const owner of leases.slice(0, maxOwners)) tell(owner, wanted, waiting);
}
