// A peer's half of a stream: the messages a test has it say, one after another.
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';

export interface Speaker {
	say(message: PeerMessage): void;
	stop(): void;
	/** What is said, until it is told to stop. */
	messages(): AsyncGenerator<PeerMessage>;
}

export function createSpeaker(): Speaker {
	const said: PeerMessage[] = [];
	let isDone = false;
	return {
		say: (message) => said.push(message),
		stop: () => (isDone = true),
		async *messages() {
			while (!isDone) {
				const next = said.shift();
				if (next === undefined) await sleep(5);
				else yield next;
			}
		},
	};
}
