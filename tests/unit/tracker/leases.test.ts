// The picture of who is here follows the store, this tracker's own calls and what others did alike.
import { describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../../proto/ids.ts';
import { createLeases } from '../../../tracker/leases.ts';
import type { HeldLease } from '../../../tracker/store/lease-store.ts';
import { createMemoryLeases } from '../../../tracker/store/memory-leases.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const none = '' as SessionId;
const lease = (sessionId: string, peerId = 'laptop') => ({
	peerId: peerId as PeerId,
	edgeId: 'edge-a' as EdgeId,
	sessionId: sessionId as SessionId,
});
const { peerId } = lease('s1');

function open() {
	const clock = createManualClock();
	const store = createMemoryLeases(clock);
	return { clock, store, leases: createLeases(store, clock) };
}

describe('leases', () => {
	it('show whoever claimed, renewed or was established, until its session ends', async () => {
		const { leases } = open();
		await leases.claim(lease('s1'), { leaseMs: 100, replacesSessionId: none });
		await leases.establish(lease('s2', 'phone'), 100);
		expect(await leases.renew([lease('s3', 'tv'), lease('s4')], 100)).toEqual({
			lost: [lease('s4')],
			cameBack: new Set(['tv']),
		});
		expect([...leases.onlinePeers()].sort()).toEqual(['laptop', 'phone', 'tv']);
		await leases.end(lease('s1'));
		expect(leases.isOnline(peerId)).toBe(false);
		expect(leases.holder(peerId)).toBeUndefined();
	});

	it('show a session that ran out until its end is published', async () => {
		const { clock, leases } = open();
		await leases.claim(lease('s1'), { leaseMs: 100, replacesSessionId: none });
		clock.advance(100);
		expect(await leases.takeExpired()).toEqual([lease('s1')]);
		expect(leases.isOnline(peerId)).toBe(true);
		await leases.end(lease('s1'));
		expect(leases.isOnline(peerId)).toBe(false);
	});

	it('take note of others, and of an end that is heard of before its beginning', () => {
		const { leases } = open();
		const session = { ...lease('s1'), sinceMs: 5 };
		expect(leases.note([{ kind: 'opened', session }])).toEqual(new Set([peerId]));
		expect(leases.holder(peerId)).toEqual(session);
		leases.note([{ kind: 'ended', session: lease('s2') }]);
		leases.note([{ kind: 'opened', session: { ...lease('s2'), sinceMs: 6 } }]);
		expect(leases.holder(peerId)?.sessionId).toBe('s1');
	});

	it('name who came and who went while nobody told', async () => {
		const { leases, store } = open();
		await leases.claim(lease('s1'), { leaseMs: 100, replacesSessionId: none });
		await leases.claim(lease('s2', 'phone'), { leaseMs: 100, replacesSessionId: none });
		await store.end(lease('s1'));
		await store.establish(lease('s3', 'tv'), 100);
		expect([...(await leases.reload())].sort()).toEqual(['laptop', 'tv']);
		expect([...leases.onlinePeers()].sort()).toEqual(['phone', 'tv']);
	});

	it('keep what came and drop what went while the store was read', async () => {
		const { leases, store } = open();
		await leases.claim(lease('s1'), { leaseMs: 100, replacesSessionId: none });
		const asTheStoreWas = await store.open();
		let answer: (sessions: HeldLease[]) => void = () => undefined;
		store.open = () => new Promise((resolve) => (answer = resolve));
		const reloading = leases.reload();
		await leases.renew([lease('s2', 'phone')], 100);
		await leases.end(lease('s1'));
		answer(asTheStoreWas);
		await reloading;
		expect([...leases.onlinePeers()]).toEqual(['phone']);
	});
});
