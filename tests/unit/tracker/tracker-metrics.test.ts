import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../bus/memory-bus.ts';
import { createMeteredBus } from '../../../bus/metered-bus.ts';
import { createMetricRegistry } from '../../../bus/metric-registry.ts';
import { defaultTopics } from '../../../bus/topics.ts';
import {
	CloseReason,
	PeerConnectionClosedSchema,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { settingsOf, trackerConfig } from '../../../tracker/config.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';
import { createTracker } from '../../../tracker/tracker.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { keyOf } from '../../support/tracker-world.ts';

const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);

/** A tracker as a program of its own has it. */
async function open() {
	const clock = createManualClock();
	const registry = createMetricRegistry();
	const logger = { info: () => undefined, warn: () => undefined };
	const memory = createMemoryBus({ producer: 'tracker', clock, randomBytes, logger });
	const bus = createMeteredBus({ bus: memory, registry, clock });
	const use = () => ({ version: '1.2.3', startedAtMs: 5, memoryBytes: 100, cpuShare: 0.5 });
	const tracker = createTracker({
		...{ bus, clock, randomBytes, logger, registry, topics: defaultTopics },
		store: createEmbeddedStore(':memory:'),
		config: settingsOf(trackerConfig.readConfig({})),
		program: { use, bus },
	});
	return { tracker, registry, bus, client: tracker.connectInMemory() };
}

const claim = {
	lease: { peerId: 'ada', edgeId: 'edge-a', sessionId: 's1' },
	publicKey: keyOf('ada'),
	leaseMs: 1_000,
};

describe('the metrics of a tracker', () => {
	it('tell of calls by outcome, of the store, of events and of what it holds', async () => {
		const { tracker, registry, bus, client } = await open();
		expect(await registry.metrics()).toContain('giggityflix_tracker_leases 0');
		await tracker.start();
		await client.claimPeer(claim);
		await expect(client.locatePeer({ peerId: 'nobody' })).rejects.toThrow();
		const topic = defaultTopics.peerConnectionClosed;
		const value = create(PeerConnectionClosedSchema, {
			...{ peerId: 'bob', edgeId: 'edge-a', sessionId: 's9' },
			reason: CloseReason.LEFT,
		});
		await bus.publish(topic, 'bob', { case: 'peerConnectionClosed', value });
		await expect.poll(() => bus.topics()).toMatchObject([{ topic, handled: 1 }]);
		const text = await registry.metrics();
		for (const line of [
			'giggityflix_tracker_rpc_duration_seconds_count{method="ClaimPeer",code="ok"} 1',
			'giggityflix_tracker_rpc_duration_seconds_count{method="LocatePeer",code="not_found"} 1',
			'giggityflix_tracker_store_duration_seconds_count{operation="bindKey"} 1',
			`giggityflix_tracker_events_applied_total{topic="${topic}"} 1`,
			'giggityflix_tracker_leases 1',
			'giggityflix_tracker_known_peers 2',
		]) {
			expect(text).toContain(line);
		}
		await tracker.stop();
	});

	it('are part of what it describes when it is a program of its own', async () => {
		const { tracker, client } = await open();
		await tracker.start();
		const described = await client.describe({ limit: 1 });
		const use = { version: '1.2.3', startedAtMs: 5n, memoryBytes: 100n, cpuShare: 0.5 };
		expect(described.program).toMatchObject(use);
		await tracker.stop();
	});
});
