// The picture of who is here follows the store, this tracker's own calls and what others did alike.
import { describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../../proto/ids.ts';
import { createLeases } from '../../../tracker/leases.ts';
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
	return { clock, leases: createLeases(createMemoryLeases(clock), clock) };
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

	it('name who came and who went when the picture is replaced', () => {
		const { leases } = open();
		leases.replace([
			{ ...lease('s1'), sinceMs: 1 },
			{ ...lease('s2', 'phone'), sinceMs: 1 },
		]);
		const changed = leases.replace([
			{ ...lease('s2', 'phone'), sinceMs: 1 },
			{ ...lease('s3', 'tv'), sinceMs: 2 },
		]);
		expect([...changed].sort()).toEqual(['laptop', 'tv']);
	});
});
