// Where test peers meet: links in memory, an edge between them, and one clock under the test's hand.
import { createMemoryNetwork, type MemoryNetwork } from './memory-links.ts';
import { createSleepingClock, type SleepingClock } from './sleeping-clock.ts';
import {
	createTestEdge,
	createTestPeer,
	type TestEdge,
	type TestPeer,
	type TestPeerOptions,
} from './transfer-pair.ts';

export interface TransferWorld {
	readonly clock: SleepingClock;
	readonly network: MemoryNetwork;
	readonly edge: TestEdge;
	createPeer(options?: Omit<TestPeerOptions, 'edge' | 'links' | 'clock'>): TestPeer;
}

export function createTransferWorld(): TransferWorld {
	const [clock, network, edge] = [createSleepingClock(), createMemoryNetwork(), createTestEdge()];
	return {
		...{ clock, network, edge },
		createPeer: (options) => createTestPeer({ edge, links: network.links, clock, ...options }),
	};
}
