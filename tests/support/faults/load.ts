// Peers that announce all the time, each at its pace, except while somebody looks closely.
import type { AnnouncingPeer } from './announcing-peer.ts';

/** From an announcement of one peer to its next. */
const paceMs = 60;

export interface Load {
	whilePaused(look: () => Promise<void>): Promise<void>;
	stop(): void;
}

export function startLoad(peers: readonly AnnouncingPeer[]): Load {
	let isPaused = false;
	let turn = 0;
	const timer = setInterval(() => {
		if (!isPaused) peers[turn++ % peers.length]!.announce();
	}, paceMs / peers.length);
	return {
		whilePaused: async (look) => {
			isPaused = true;
			try {
				await look();
			} finally {
				isPaused = false;
			}
		},
		stop: () => clearInterval(timer),
	};
}
