// The contract, and what takes too long to wait for anywhere but on a clock that is moved by hand.
import { describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../../../proto/ids.ts';
import { publishingMs } from '../../../../tracker/store/lease-store.ts';
import { createMemoryLeases } from '../../../../tracker/store/memory-leases.ts';
import { describeLeaseStore } from '../../../contract/lease-store.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

describeLeaseStore(
	'memory',
	async () => {
		const clock = createManualClock();
		const leases = createMemoryLeases(clock);
		return {
			...{ leases, others: leases, nowMs: clock.monotonicMs },
			wait: async (durationMs) => {
				clock.advance(durationMs);
			},
			dispose: () => Promise.resolve(),
		};
	},
	{ runs: 500 },
);

describe('memory leases', () => {
	const peerId = 'laptop' as PeerId;
	const lease = { peerId, edgeId: 'edge-a' as EdgeId, sessionId: 's1' as SessionId };
	const open = () => {
		const clock = createManualClock();
		return { clock, leases: createMemoryLeases(clock) };
	};

	it('remember an ended session for an hour, and no longer', async () => {
		const { clock, leases } = open();
		await leases.end(lease);
		clock.advance(3_599_999);
		await leases.takeExpired([]);
		expect(await leases.establish(lease, 100)).toEqual([]);
		clock.advance(1);
		await leases.takeExpired([]);
		expect(await leases.establish(lease, 100)).toHaveLength(1);
	});

	it('hand a session out again whose end was not published', async () => {
		const { clock, leases } = open();
		await leases.renew([lease], 100);
		clock.advance(100);
		expect(await leases.takeExpired([peerId])).toEqual([lease]);
		clock.advance(publishingMs - 1);
		expect(await leases.takeExpired([peerId])).toEqual([]);
		clock.advance(1);
		expect(await leases.takeExpired([peerId])).toEqual([lease]);
	});
});
