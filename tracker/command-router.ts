// Puts commands on the topic of the edge that holds their peer. The edge answers on `peer.command.completed`;
// whether it does is not followed here.
import type { MessageBus } from '../bus/message-bus.ts';
import { GiggityflixError } from '../proto/errors.ts';
import type { EdgeCommand } from '../proto/gen/giggityflix/v1/events_pb.js';
import { parseCommandId, parsePeerId, type EdgeId } from '../proto/ids.ts';
import type { TrackerTopics } from './config.ts';
import type { Leases } from './leases.ts';

export interface CommandRouter {
	/**
	 * Resolves to the edge when the bus has stored the command. Throws `not-found` for a peer that is away and
	 * `invalid-argument` for a command that is none.
	 */
	route(command: EdgeCommand): Promise<EdgeId>;
}

export function createCommandRouter(deps: {
	bus: Pick<MessageBus, 'publish'>;
	topics: Pick<TrackerTopics, 'edgeCommands'>;
	leases: Pick<Leases, 'holders'>;
}): CommandRouter {
	return {
		route: async (value) => {
			parseCommandId(value.commandId);
			const peerId = parsePeerId(value.peerId);
			if (value.request.case === undefined) {
				throw new GiggityflixError('invalid-argument', 'a command without a request');
			}
			const [lease] = await deps.leases.holders([peerId]);
			if (!lease) throw new GiggityflixError('not-found', 'the peer is away');
			const topic = deps.topics.edgeCommands(lease.edgeId);
			await deps.bus.publish(topic, peerId, { case: 'edgeCommand', value });
			return lease.edgeId;
		},
	};
}
