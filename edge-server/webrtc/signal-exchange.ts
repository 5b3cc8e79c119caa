// Steps between edges, as they travel on command topics: sends those for peers elsewhere, hands on those for peers of
// this edge and says what became of them. Rule: a step the bus delivers twice is handed on once and answered twice.
import { create } from '@bufbuild/protobuf';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	PeerSignalOutcomeSchema,
	PeerSignalSchema,
	SignalDelivery,
	type PeerSignal,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { parseEdgeId, parsePeerId, type EdgeId } from '../../proto/ids.ts';
import type { Logger } from '../ports.ts';
import { putNewest } from '../put-newest.ts';
import type { SessionRegistry } from '../sessions/session-registry.ts';
import type { SendStep } from './lane.ts';
import type { Delivery, LocalRouter } from './peer-router.ts';

/** The bus delivers again within moments; this is minutes of a busy edge. */
const maxRemembered = 10_000;

export interface SignalExchange {
	readonly send: SendStep;
	/** A step for a peer of this edge has come. Never throws. */
	accept(message: PeerSignal): void;
}

interface Deps {
	readonly edgeId: EdgeId;
	/** Reaches the peers of this edge. */
	readonly local: LocalRouter;
	readonly registry: Pick<SessionRegistry, 'find'>;
	readonly bus: Pick<MessageBus, 'publish'>;
	readonly topics: Topics;
	readonly logger: Logger;
}

export function createSignalExchange(deps: Deps): SignalExchange {
	const { edgeId, local, registry, bus, topics } = deps;
	const outcomes = new Map<string, Delivery>();

	function handOn(message: PeerSignal): Delivery {
		const known = outcomes.get(message.signalId);
		if (known !== undefined) return known;
		const outcome = deliver(message);
		putNewest(outcomes, message.signalId, outcome, maxRemembered);
		return outcome;
	}

	function deliver({ toPeerId, toSessionId, signal }: PeerSignal): Delivery {
		const isHere = registry.find(toPeerId)?.session.id === toSessionId;
		return isHere && signal ? local.deliver(parsePeerId(toPeerId), signal) : 'absent';
	}

	async function answer(message: PeerSignal): Promise<void> {
		const { signalId, toPeerId, fromEdgeId } = message;
		const delivery = wire[handOn(message)];
		await bus.publish(topics.edgeCommands(parseEdgeId(fromEdgeId)), toPeerId, {
			case: 'peerSignalOutcome',
			value: create(PeerSignalOutcomeSchema, { signalId, toPeerId, delivery }),
		});
	}

	return {
		send: (toEdgeId, step) =>
			bus.publish(topics.edgeCommands(toEdgeId), step.toPeerId, {
				case: 'peerSignal',
				value: create(PeerSignalSchema, { ...step, fromEdgeId: edgeId }),
			}),
		accept: (message) => {
			answer(message).catch((caught: unknown) => {
				const { code, message: reason } = GiggityflixError.from(caught);
				deps.logger.warn('a step from another edge could not be answered', { code, reason });
			});
		},
	};
}

const wire: Record<Delivery, SignalDelivery> = {
	delivered: SignalDelivery.DELIVERED,
	absent: SignalDelivery.ABSENT,
	congested: SignalDelivery.CONGESTED,
};
