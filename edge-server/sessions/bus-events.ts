// What this edge hears from the bus, and who on it is told. Every edge is a group of its own, so each
// hears everything and passes on what concerns its peers; being told twice does no harm.
import { create } from '@bufbuild/protobuf';
import type { MessageBus, Subscription } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import type { SwarmExchange } from '../announce/swarm-exchange.ts';
import type { ClusterCommands } from '../commands/cluster-commands.ts';
import type { CommandConsumer } from '../commands/command-consumer.ts';
import type { PosterExchange } from '../posters/cluster-posters.ts';
import type {
	BusEvent,
	CatalogSubscriptionMatched,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { SubscriptionMatchedSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeId } from '../../proto/ids.ts';
import type { ClusterRouter } from '../webrtc/cluster-router.ts';
import type { SwarmCalls } from '../swarms/swarm-calls.ts';
import type { SignalExchange } from '../webrtc/signal-exchange.ts';
import type { AvailabilityFeed } from './availability-feed.ts';
import type { SessionRegistry } from './session-registry.ts';

interface Deps {
	readonly edgeId: EdgeId;
	readonly bus: MessageBus;
	readonly topics: Topics;
	/** Name of this edge's consumer group. */
	readonly group: string;
	readonly registry: SessionRegistry;
	readonly feed: AvailabilityFeed;
	readonly consumer: CommandConsumer;
	readonly signals: SignalExchange;
	readonly router: Pick<ClusterRouter, 'answered'>;
	readonly clusterCommands: Pick<ClusterCommands, 'completed'>;
	readonly swarmCalls: Pick<SwarmCalls, 'accept'>;
	/** Absent where there are no other edges. */
	readonly posterExchange?: PosterExchange;
	/** Absent where there are no other edges, or no announce tracker. */
	readonly swarmExchange?: SwarmExchange;
}

export function subscribeToBus(deps: Deps): Promise<Subscription> {
	const { topics } = deps;
	return deps.bus.subscribe({
		group: deps.group,
		topics: [
			topics.catalogAvailabilityChanged,
			topics.catalogSubscriptionMatched,
			topics.peerCommandCompleted,
			topics.edgeCommands(deps.edgeId),
			...(deps.posterExchange !== undefined ? [topics.posterWanted] : []),
			...(deps.swarmExchange !== undefined ? [topics.swarmsChanged] : []),
		],
		handle: async (event) => handle(deps, event),
	});
}

function handle(deps: Deps, { body }: BusEvent): void {
	const { registry, feed, consumer } = deps;
	switch (body.case) {
		case 'catalogAvailabilityChanged':
			for (const entry of body.value.entries) feed.changed(entry);
			return;
		case 'catalogSubscriptionMatched':
			tellSubscriber(registry, body.value);
			return;
		case 'edgeCommand':
			consumer.accept(body.value);
			return;
		case 'peerCommandCompleted':
			deps.clusterCommands.completed(body.value);
			return;
		case 'posterWanted':
			deps.posterExchange?.wanted(body.value);
			return;
		case 'posterFound':
			deps.posterExchange?.found(body.value);
			return;
		case 'swarmsChanged':
			deps.swarmExchange?.changed(body.value);
			return;
		case 'swarmFrame':
			deps.swarmExchange?.deliver(body.value);
			return;
		case 'swarmCall':
			deps.swarmCalls.accept(body.value);
			return;
		case 'peerSignal':
			deps.signals.accept(body.value);
			return;
		case 'peerSignalOutcome':
			deps.router.answered(body.value);
			return;
		// Not on these topics; a topic shared by configuration may carry them all the same.
		case 'peerConnectionEstablished':
		case 'peerConnectionClosed':
		case 'peerCatalogUpdated':
		case undefined:
			return;
	}
}

function tellSubscriber(registry: SessionRegistry, matched: CatalogSubscriptionMatched): void {
	const { subscriptionId, peerId, entry } = matched;
	if (entry === undefined) return;
	const { catalogId, title } = entry;
	const value = create(SubscriptionMatchedSchema, { subscriptionId, catalogId, title });
	registry.find(peerId)?.session.send({ case: 'subscriptionMatched', value });
}
