// One admission at a time for one peer: two hellos of the same peer must not both find the place free.
// Different peers do not wait for each other.
import type { PeerId } from '../../proto/ids.ts';

export interface PeerTurns {
	/** Runs the task when every earlier task of this peer is done; settles as the task does. */
	take<Result>(peerId: PeerId, task: () => Promise<Result>): Promise<Result>;
	/** Resolves when nobody has a turn or waits for one. */
	idle(): Promise<void>;
}

export function createPeerTurns(): PeerTurns {
	const lastOfPeer = new Map<PeerId, Promise<unknown>>();
	return {
		idle: async () => {
			while (lastOfPeer.size > 0) await Promise.all(lastOfPeer.values());
		},
		take: async (peerId, task) => {
			const before = lastOfPeer.get(peerId) ?? Promise.resolve();
			const turn = before.then(task);
			// The next in line waits for the end of this one, whichever way it ends.
			const ended = turn.then(
				() => undefined,
				() => undefined,
			);
			lastOfPeer.set(peerId, ended);
			try {
				return await turn;
			} finally {
				if (lastOfPeer.get(peerId) === ended) lastOfPeer.delete(peerId);
			}
		},
	};
}
