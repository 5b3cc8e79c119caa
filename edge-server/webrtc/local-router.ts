// Reaches the peers of this edge.
import { congestedBytes } from '../sessions/session.ts';
import type { SessionRegistry } from '../sessions/session-registry.ts';
import type { LocalRouter } from './peer-router.ts';

export function createLocalRouter(registry: Pick<SessionRegistry, 'find'>): LocalRouter {
	return {
		deliver: (toPeerId, value) => {
			const session = registry.find(toPeerId)?.session;
			if (session === undefined) return 'absent';
			if (session.bufferedBytes() > congestedBytes) return 'congested';
			session.send({ case: 'webrtcSignal', value });
			return 'delivered';
		},
	};
}
