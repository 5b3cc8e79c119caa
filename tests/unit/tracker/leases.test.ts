// One edge holds a peer: by example, and by random sequences of everything edges may do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../../proto/ids.ts';
import { createLeases, type Lease, type Leases } from '../../../tracker/leases.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const peerId = 'laptop' as PeerId;
const lease = (sessionId: string, edgeId = 'edge-a'): Lease => ({
	peerId,
	edgeId: edgeId as EdgeId,
	sessionId: sessionId as SessionId,
});
const none = '' as SessionId;
const claim = (leases: Leases, wanted: Lease, replaces: string = none) =>
	leases.claim(wanted, { leaseMs: 100, replacesSessionId: replaces as SessionId });
const refused = expect.objectContaining({ code: 'already-exists' }) as Error;

function open(): { clock: ManualClock; leases: Leases } {
	const clock = createManualClock();
	return { clock, leases: createLeases(clock) };
}

describe('claim', () => {
	it('is refused while another session holds the peer, of any edge', () => {
		const { leases } = open();
		claim(leases, lease('s1'));
		expect(() => claim(leases, lease('s2'))).toThrow(refused);
		expect(() => claim(leases, lease('s3', 'edge-b'))).toThrow(refused);
		expect(leases.holder(peerId)?.sessionId).toBe('s1');
	});

	it('may be repeated, and prolongs the lease', () => {
		const { clock, leases } = open();
		claim(leases, lease('s1'));
		clock.advance(99);
		claim(leases, lease('s1'));
		clock.advance(99);
		expect(leases.holder(peerId)).toMatchObject({ sessionId: 's1', sinceMs: 0 });
	});

	it('replaces the session it names, of its own edge only', () => {
		const { leases } = open();
		claim(leases, lease('s1'));
		expect(() => claim(leases, lease('s2', 'edge-b'), 's1')).toThrow(refused);
		expect(() => claim(leases, lease('s2'), 's0')).toThrow(refused);
		claim(leases, lease('s2'), 's1');
		expect(leases.holder(peerId)?.sessionId).toBe('s2');
		expect(leases.renew(lease('s1'), 100)).toBe(false);
		expect(leases.takeExpired()).toEqual([]);
	});

	it('takes over a lease that ran out, and hands that one to the sweep once', () => {
		const { clock, leases } = open();
		claim(leases, lease('s1'));
		clock.advance(100);
		claim(leases, lease('s2', 'edge-b'));
		expect(leases.holder(peerId)?.edgeId).toBe('edge-b');
		expect(leases.takeExpired()).toEqual([lease('s1')]);
		expect(leases.takeExpired()).toEqual([]);
	});

	it('is refused for a session that has ended', () => {
		const { leases } = open();
		claim(leases, lease('s1'));
		leases.end(lease('s1'));
		expect(() => claim(leases, lease('s1'))).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});

describe('renew', () => {
	it('keeps a lease, also one that ran out and that nobody has noticed', () => {
		const { clock, leases } = open();
		claim(leases, lease('s1'));
		clock.advance(150);
		expect(leases.holder(peerId)).toBeUndefined();
		expect(leases.renew(lease('s1'), 100)).toBe(true);
		expect(leases.holder(peerId)?.sessionId).toBe('s1');
		expect(leases.takeExpired()).toEqual([]);
	});

	it('takes up a session this tracker has never heard of, unless another holds the peer', () => {
		const { leases } = open();
		expect(leases.renew(lease('s1'), 100)).toBe(true);
		expect(leases.renew(lease('s2', 'edge-b'), 100)).toBe(false);
		expect(leases.holder(peerId)?.sessionId).toBe('s1');
	});

	it('is refused after the sweep', () => {
		const { clock, leases } = open();
		claim(leases, lease('s1'));
		clock.advance(100);
		expect(leases.takeExpired()).toEqual([lease('s1')]);
		expect(leases.renew(lease('s1'), 100)).toBe(false);
		expect(leases.isOnline(peerId)).toBe(false);
	});
});

describe('end', () => {
	it('ends its own session and no other', () => {
		const { leases } = open();
		claim(leases, lease('s2'));
		leases.end(lease('s1'));
		expect(leases.holder(peerId)?.sessionId).toBe('s2');
		leases.end(lease('s2'));
		leases.end(lease('s2'));
		expect(leases.isOnline(peerId)).toBe(false);
		expect([...leases.onlinePeers()]).toEqual([]);
	});

	it('is remembered for an hour, and no longer', () => {
		const { clock, leases } = open();
		leases.end(lease('s1'));
		clock.advance(3_599_999);
		leases.takeExpired();
		leases.establish(lease('s1'), 100);
		expect(leases.isOnline(peerId)).toBe(false);
		clock.advance(1);
		leases.takeExpired();
		leases.establish(lease('s1'), 100);
		expect(leases.isOnline(peerId)).toBe(true);
	});
});

describe('whatever edges do', () => {
	const sessions = ['s1', 's2', 's3', 's4', 's5'];
	const action = fc.record({
		verb: fc.constantFrom(
			'claim' as const,
			'renew' as const,
			'end' as const,
			'wait' as const,
			'sweep' as const,
		),
		session: fc.constantFrom(...sessions),
		replaces: fc.constantFrom(none, ...sessions),
		waitMs: fc.integer({ min: 1, max: 120 }),
	});
	/** A session belongs to one edge for good. */
	const edgeOf = (session: string) => (sessions.indexOf(session) % 2 === 0 ? 'edge-a' : 'edge-b');

	it('never lets two edges believe that they hold a peer', () => {
		fc.assert(
			fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
				const { clock, leases } = open();
				/** When the lease ends that an edge was last granted, as that edge knows it. */
				const believed = new Map<string, number>();
				const swept: string[] = [];
				for (const { verb, session, replaces, waitMs } of actions) {
					const wanted = lease(session, edgeOf(session));
					const nowMs = clock.monotonicMs();
					if (verb === 'wait') clock.advance(waitMs);
					if (verb === 'sweep')
						swept.push(...leases.takeExpired().map(({ sessionId }) => sessionId));
					if (verb === 'end') {
						leases.end(wanted);
						believed.delete(session);
					}
					if (verb === 'claim') {
						try {
							claim(leases, wanted, replaces);
							// The edge that names a session gives it up.
							if (edgeOf(replaces) === edgeOf(session) && replaces !== session)
								believed.delete(replaces);
							believed.set(session, nowMs + 100);
						} catch {
							// Refused: the edge believes what it believed.
						}
					}
					if (verb === 'renew') {
						if (leases.renew(wanted, 100)) believed.set(session, nowMs + 100);
						else believed.delete(session);
					}
					const holding = [...believed].filter(([, untilMs]) => untilMs > clock.monotonicMs());
					expect(holding.length).toBeLessThanOrEqual(1);
					const [holder] = holding;
					if (holder) expect(leases.holder(peerId)?.sessionId).toBe(holder[0]);
				}
				expect(new Set(swept).size).toBe(swept.length);
			}),
			{ numRuns: 500 },
		);
	});

	it('ends in the same state however often and in whatever order events come', () => {
		const event = fc.record({
			kind: fc.constantFrom('established' as const, 'closed' as const),
			session: fc.constantFrom(...sessions),
		});
		const apply = (events: readonly { kind: 'established' | 'closed'; session: string }[]) => {
			const { leases } = open();
			for (const { kind, session } of events) {
				if (kind === 'established') leases.establish(lease(session, edgeOf(session)), 100);
				else leases.end(lease(session, edgeOf(session)));
			}
			return leases.isOnline(peerId);
		};
		fc.assert(
			fc.property(
				fc
					.array(event, { minLength: 1, maxLength: 12 })
					.chain((events) =>
						fc.tuple(
							fc.constant(events),
							fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
						),
					),
				([events, disordered]) => {
					// In order, a session never begins after its end: sort the plain reading so.
					const inOrder = events.toSorted((a, b) =>
						a.kind === b.kind ? 0 : a.kind === 'established' ? -1 : 1,
					);
					expect(apply(disordered)).toBe(apply(inOrder));
				},
			),
		);
	});
});
