// Peers of other edges that wait in swarms, as their edges say: each for a while, and no more of them than an owner is
// introduced to. Knows neither sessions nor edges.
import type { PeerId } from '../../proto/ids.ts';
import { maxIntroductions } from '../../proto/limits.ts';
import type { Clock } from '../ports.ts';
import { putNewest } from '../put-newest.ts';
import type { InfoHash } from './owner-calls.ts';

/** Swarms remembered. When there are more, the oldest are forgotten, and heard of again with the next call. */
const maxSwarms = 10_000;

export interface WaitingElsewhere {
	/** Returns those of them who did not wait before. */
	add(infoHash: InfoHash, peerIds: readonly PeerId[], forMs: number): PeerId[];
	in(infoHash: InfoHash): PeerId[];
}

export function createWaitingElsewhere(clock: Pick<Clock, 'monotonicMs'>): WaitingElsewhere {
	/** Until when each waits, by swarm. */
	const swarms = new Map<InfoHash, Map<PeerId, number>>();

	function stillIn(infoHash: InfoHash): [PeerId, number][] {
		const nowMs = clock.monotonicMs();
		return [...(swarms.get(infoHash) ?? [])].filter(([, untilMs]) => untilMs > nowMs);
	}

	return {
		add(infoHash, peerIds, forMs) {
			const waiting = new Map(stillIn(infoHash));
			const newcomers = peerIds.filter((peerId) => !waiting.has(peerId));
			const untilMs = clock.monotonicMs() + forMs;
			for (const peerId of peerIds) putNewest(waiting, peerId, untilMs, maxIntroductions);
			putNewest(swarms, infoHash, waiting, maxSwarms);
			return newcomers;
		},
		in: (infoHash) => stillIn(infoHash).map(([peerId]) => peerId),
	};
}
