// Calls to owners wherever they are: those of this edge at once, others through the command topic of the edge that holds
// them, with who waits for them. A call that comes twice, or to a peer that has gone, does no harm.
import { create } from '@bufbuild/protobuf';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { SwarmCallSchema, type SwarmCall } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { parseEdgeId, parsePeerId, type EdgeId } from '../../proto/ids.ts';
import type { Logger } from '../ports.ts';
import type { SessionRegistry } from '../sessions/session-registry.ts';
import type { SwarmIntroductions } from './introductions.ts';
import { toInfoHash, type OwnerCallsDeps } from './owner-calls.ts';

export interface SwarmCalls {
	readonly tell: OwnerCallsDeps['tell'];
	/** Another edge calls a peer of this one. Throws `invalid-argument`. */
	accept(call: SwarmCall): void;
}

interface Deps {
	readonly edgeId: EdgeId;
	readonly registry: Pick<SessionRegistry, 'find'>;
	/** Asked for late: introductions call owners by way of this. */
	readonly introductions: () => Pick<SwarmIntroductions, 'awaited'>;
	readonly bus: Pick<MessageBus, 'publish'>;
	readonly topics: Pick<Topics, 'edgeCommands'>;
	readonly logger: Logger;
}

export function createSwarmCalls(deps: Deps): SwarmCalls {
	const { registry, bus, topics } = deps;
	return {
		tell({ peerId, edgeId }, wanted, waiting) {
			const here = registry.find(peerId);
			if (here) {
				here.session.send({ case: 'swarmWanted', value: wanted });
				return;
			}
			if (edgeId === deps.edgeId) return;
			const value = create(SwarmCallSchema, { peerId, wanted, waitingPeerIds: [...waiting] });
			const topic = topics.edgeCommands(parseEdgeId(edgeId));
			bus.publish(topic, peerId, { case: 'swarmCall', value }).catch((caught: unknown) => {
				const { code } = GiggityflixError.from(caught);
				deps.logger.warn('an owner at another edge could not be asked to seed', { code });
			});
		},
		accept({ peerId, wanted, waitingPeerIds }) {
			const owner = registry.find(peerId);
			if (!owner || !wanted?.torrent) return;
			const infoHash = toInfoHash(wanted.torrent.infoHash);
			deps.introductions().awaited(infoHash, waitingPeerIds.map(parsePeerId), wanted.forMs);
			owner.session.send({ case: 'swarmWanted', value: wanted });
		},
	};
}
