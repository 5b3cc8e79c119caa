// Reaches peers wherever they are: those of this edge at once, others through the command topic of the edge that
// holds them. Rules: steps for one peer keep their order, also when it has moved to another edge meanwhile; a step
// that found nobody is sent once more, to where the peer is then; every step ends within its deadline.
import { GiggityflixError } from '../../proto/errors.ts';
import {
	SignalDelivery,
	type PeerSignalOutcome,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import type { PeerId } from '../../proto/ids.ts';
import { createLane, type Lane, type LaneDeps } from './lane.ts';
import type { Delivery, PeerRouter } from './peer-router.ts';

export interface ClusterRouter extends PeerRouter {
	/** Another edge says what became of a step. */
	answered(outcome: PeerSignalOutcome): void;
	/** Fails what is under way. */
	stop(): void;
}

export function createClusterRouter(deps: LaneDeps): ClusterRouter {
	/** Peers with steps under way. */
	const lanes = new Map<PeerId, Lane>();

	function laneOf(peerId: PeerId): Lane {
		const known = lanes.get(peerId);
		if (known !== undefined) return known;
		const lane = createLane({ ...deps, peerId, onEmpty: () => void lanes.delete(peerId) });
		lanes.set(peerId, lane);
		return lane;
	}

	return {
		deliver: (toPeerId, signal) => {
			// Behind steps that are on their way elsewhere there is no short cut.
			const lane = lanes.get(toPeerId);
			if (lane !== undefined) return lane.add(signal);
			const delivery = deps.local.deliver(toPeerId, signal);
			return delivery === 'absent' ? laneOf(toPeerId).add(signal) : delivery;
		},
		answered: ({ toPeerId, signalId, delivery }) => {
			lanes.get(toPeerId as PeerId)?.answered(signalId, deliveries[delivery]);
		},
		stop: () => {
			const leaving = new GiggityflixError('unavailable', 'this edge is going away');
			for (const lane of [...lanes.values()]) lane.fail(leaving);
		},
	};
}

const deliveries: Record<SignalDelivery, Delivery> = {
	// An edge that is older or newer than this one: the step may not have arrived.
	[SignalDelivery.UNSPECIFIED]: 'absent',
	[SignalDelivery.DELIVERED]: 'delivered',
	[SignalDelivery.ABSENT]: 'absent',
	[SignalDelivery.CONGESTED]: 'congested',
};
