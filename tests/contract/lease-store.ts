// What every lease store must do, as tests: one edge holds a peer, by example and by random sequences of everything edges
// may do. An adapter's own test file calls describeLeaseStore with a store whose time passes.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../proto/ids.ts';
import type { Lease, LeaseStore } from '../../tracker/store/lease-store.ts';

/** One test's leases, as two trackers see them; the same object twice where there is one tracker only. */
export interface LeaseWorld {
	readonly leases: LeaseStore;
	readonly others: LeaseStore;
	/** Lets time pass, by the store's own clock. */
	wait(durationMs: number): Promise<void>;
	/** Milliseconds by a clock that runs as fast as the store's. */
	nowMs(): number;
	dispose(): Promise<void>;
}

const peerId = 'laptop' as PeerId;
const lease = (sessionId: string, edgeId = 'edge-a', peer: string = peerId): Lease => ({
	peerId: peer as PeerId,
	edgeId: edgeId as EdgeId,
	sessionId: sessionId as SessionId,
});
const none = '' as SessionId;
/** Long enough for a few round trips on a busy machine, short enough to be waited for. */
const leaseMs = 300;
const refused = { code: 'already-exists' };

export function describeLeaseStore(
	name: string,
	openWorld: () => Promise<LeaseWorld>,
	{ runs }: { runs: number },
): void {
	describe(`${name} keeps the contract of LeaseStore`, () => {
		let world: LeaseWorld;
		let leases: LeaseStore;
		beforeEach(async () => {
			world = await openWorld();
			({ leases } = world);
		});
		afterEach(() => world.dispose());
		const claim = (wanted: Lease, replaces: string = none, store = leases) =>
			store.claim(wanted, { leaseMs, replacesSessionId: replaces as SessionId });
		const holder = async () => (await leases.holders([peerId]))[0];
		const renew = async (wanted: Lease) => (await leases.renew([wanted], leaseMs))[0]?.isHeld;

		it('refuses a claim while another session holds the peer, of any edge', async () => {
			await claim(lease('s1'));
			await expect(claim(lease('s2'))).rejects.toMatchObject(refused);
			await expect(claim(lease('s3', 'edge-b'), none, world.others)).rejects.toMatchObject(refused);
			expect((await holder())?.sessionId).toBe('s1');
			expect(await leases.open()).toMatchObject([lease('s1')]);
		});

		it('prolongs a lease that is claimed again, and tells of no second opening', async () => {
			expect(await claim(lease('s1'))).toMatchObject([{ kind: 'opened', session: lease('s1') }]);
			const since = (await holder())?.sinceMs;
			await world.wait(200);
			expect(await claim(lease('s1'))).toEqual([]);
			await world.wait(200);
			expect(await holder()).toMatchObject({ sessionId: 's1', sinceMs: since });
		});

		it('replaces the session that is named, of the same edge only', async () => {
			await claim(lease('s1'));
			await expect(claim(lease('s2', 'edge-b'), 's1')).rejects.toMatchObject(refused);
			await expect(claim(lease('s2'), 's0')).rejects.toMatchObject(refused);
			const changes = await claim(lease('s2'), 's1');
			expect(changes.map(({ kind, session }) => [kind, session.sessionId])).toEqual([
				['ended', 's1'],
				['opened', 's2'],
			]);
			expect((await holder())?.sessionId).toBe('s2');
			expect(await renew(lease('s1'))).toBe(false);
			expect(await leases.takeExpired([peerId])).toEqual([]);
		});

		it('gives nobody a peer while it has lost the session its tracker has heard of', async () => {
			const hears = (of: string, replaces: string = none) =>
				leases.claim(lease('s2', 'edge-b'), {
					leaseMs,
					replacesSessionId: replaces as SessionId,
					heardOfSessionId: of as SessionId,
				});
			await expect(hears('s1')).rejects.toMatchObject({ code: 'unavailable' });
			expect(await holder()).toBeUndefined();
			expect(await renew(lease('s1'))).toBe(true);
			await expect(hears('s1')).rejects.toMatchObject(refused);
			await leases.end(lease('s1'));
			expect(await hears('s1')).toHaveLength(1);
			expect((await holder())?.sessionId).toBe('s2');
		});

		it('believes an edge that says itself which session it replaces', async () => {
			await leases.claim(lease('s2'), {
				leaseMs,
				replacesSessionId: 's1' as SessionId,
				heardOfSessionId: 's1' as SessionId,
			});
			expect((await holder())?.sessionId).toBe('s2');
		});

		it('lets a lease that ran out be taken over, and hands that one out once', async () => {
			await claim(lease('s1'));
			await world.wait(leaseMs + 20);
			await claim(lease('s2', 'edge-b'));
			expect((await holder())?.edgeId).toBe('edge-b');
			expect(await leases.takeExpired([peerId])).toEqual([lease('s1')]);
			expect(await leases.takeExpired([peerId])).toEqual([]);
			await leases.end(lease('s1'));
			expect(await leases.open()).toMatchObject([{ sessionId: 's2' }]);
		});

		it('refuses a claim for a session that has ended', async () => {
			await claim(lease('s1'));
			await leases.end(lease('s1'));
			await expect(claim(lease('s1'))).rejects.toMatchObject({ code: 'invalid-argument' });
			expect(await leases.establish(lease('s1'), leaseMs)).toEqual([]);
			expect(await holder()).toBeUndefined();
		});

		it('renews a lease, also one that ran out and that nobody has noticed', async () => {
			await claim(lease('s1'));
			await world.wait(leaseMs + 20);
			expect(await holder()).toBeUndefined();
			expect(await renew(lease('s1'))).toBe(true);
			expect((await holder())?.sessionId).toBe('s1');
			expect(await leases.takeExpired([peerId])).toEqual([]);
		});

		it('takes up a session nobody has heard of, unless another holds the peer', async () => {
			const answers = await leases.renew(
				[lease('s1'), lease('s2', 'edge-b'), lease('t1', 'edge-b', 'tv')],
				leaseMs,
			);
			expect(answers.map(({ isHeld }) => isHeld)).toEqual([true, false, true]);
			const held = await leases.holders([peerId, 'nobody' as PeerId, 'tv' as PeerId]);
			expect(held.map((each) => each?.sessionId)).toEqual(['s1', undefined, 't1']);
		});

		it('renews nothing after the sweep', async () => {
			await claim(lease('s1'));
			await world.wait(leaseMs + 20);
			expect(await leases.takeExpired([peerId])).toEqual([lease('s1')]);
			expect(await renew(lease('s1'))).toBe(false);
			expect(await leases.end(lease('s1'))).toMatchObject([{ kind: 'ended' }]);
			expect(await leases.open()).toEqual([]);
		});

		it('ends its own session and no other', async () => {
			await claim(lease('s2'));
			await leases.end(lease('s1'));
			expect((await holder())?.sessionId).toBe('s2');
			await leases.end(lease('s2'));
			await leases.end(lease('s2'));
			expect(await leases.open()).toEqual([]);
		});

		it('grants one of many claims made in the same moment through two trackers', async () => {
			const claims = Array.from({ length: 40 }, (_, number) =>
				claim(
					lease(`s${number}`, `edge-${number}`),
					none,
					number % 2 === 0 ? leases : world.others,
				),
			);
			const outcomes = await Promise.allSettled(claims);
			const granted = outcomes.flatMap(({ status }, number) =>
				status === 'fulfilled' ? [`s${number}`] : [],
			);
			expect(granted).toHaveLength(1);
			expect((await holder())?.sessionId).toBe(granted[0]);
		});

		it('hands an expired session to one of two sweepers', async () => {
			const peers = Array.from({ length: 20 }, (_, number) => `peer-${number}` as PeerId);
			await leases.renew(
				peers.map((peer) => lease(`s-${peer}`, 'edge-a', peer)),
				leaseMs,
			);
			await world.wait(leaseMs + 20);
			const [one, other] = await Promise.all([
				leases.takeExpired(peers),
				world.others.takeExpired(peers),
			]);
			const taken = [...one, ...other].map((each) => each.peerId);
			expect(taken.toSorted()).toEqual(peers.toSorted());
		});

		it('never lets two edges believe that they hold a peer', { timeout: 120_000 }, async () => {
			await fc.assert(
				fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
					const fresh = await openWorld();
					try {
						await playActions(fresh, actions);
					} finally {
						await fresh.dispose();
					}
				}),
				{ numRuns: runs },
			);
		});

		it('ends in the same state however often and in whatever order events come', async () => {
			await fc.assert(
				fc.asyncProperty(disorderedEvents, async ([events, disordered]) => {
					// In order, a session never begins after its end: sort the plain reading so.
					const inOrder = events.toSorted((a, b) =>
						a.kind === b.kind ? 0 : a.kind === 'established' ? -1 : 1,
					);
					expect(await stateAfter(openWorld, disordered)).toEqual(
						await stateAfter(openWorld, inOrder),
					);
				}),
				{ numRuns: runs },
			);
		});
	});
}

const sessions = ['s1', 's2', 's3', 's4', 's5'];
/** A session belongs to one edge for good. */
const edgeOf = (session: string) => (sessions.indexOf(session) % 2 === 0 ? 'edge-a' : 'edge-b');

const action = fc.record({
	verb: fc.constantFrom('claim', 'renew', 'end', 'wait', 'sweep'),
	session: fc.constantFrom(...sessions),
	replaces: fc.constantFrom(none, ...sessions),
	waitMs: fc.integer({ min: 1, max: 60 }),
	isOther: fc.boolean(),
});

type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function playActions(world: LeaseWorld, actions: readonly Action[]): Promise<void> {
	/** Short, so that leases run out within a sequence. */
	const shortMs = 50;
	/** When the lease ends that an edge was last granted, as that edge knows it: from when it asked. */
	const believed = new Map<string, number>();
	const swept: string[] = [];
	for (const { verb, session, replaces, waitMs, isOther } of actions) {
		const leases = isOther ? world.others : world.leases;
		const wanted = lease(session, edgeOf(session));
		const untilMs = world.nowMs() + shortMs;
		if (verb === 'wait') await world.wait(waitMs);
		if (verb === 'sweep') {
			for (const taken of await leases.takeExpired([peerId])) swept.push(taken.sessionId);
		}
		if (verb === 'end') {
			await leases.end(wanted);
			believed.delete(session);
		}
		if (verb === 'claim') {
			const options = { leaseMs: shortMs, replacesSessionId: replaces as SessionId };
			const isGranted = await leases.claim(wanted, options).then(
				() => true,
				() => false,
			);
			// The edge that names a session gives it up; one that is refused believes what it believed.
			if (isGranted && edgeOf(replaces) === edgeOf(session) && replaces !== session)
				believed.delete(replaces);
			if (isGranted) believed.set(session, untilMs);
		}
		if (verb === 'renew') {
			const [answer] = await leases.renew([wanted], shortMs);
			if (answer?.isHeld) believed.set(session, untilMs);
			else believed.delete(session);
		}
		const [found] = await leases.holders([peerId]);
		const holding = [...believed].filter(([, endsMs]) => endsMs > world.nowMs());
		expect(holding.length).toBeLessThanOrEqual(1);
		const [holding1] = holding;
		if (holding1) expect(found?.sessionId).toBe(holding1[0]);
	}
	expect(new Set(swept).size).toBe(swept.length);
}

interface PresenceEvent {
	readonly kind: 'established' | 'closed';
	readonly session: string;
}

const disorderedEvents = fc
	.array(
		fc.record({
			kind: fc.constantFrom('established' as const, 'closed' as const),
			session: fc.constantFrom(...sessions),
		}),
		{ minLength: 1, maxLength: 12 },
	)
	.chain((events) =>
		fc.tuple(
			fc.constant(events),
			fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
		),
	);

/** The sessions that are open after these events, by name. */
async function stateAfter(
	openWorld: () => Promise<LeaseWorld>,
	events: readonly PresenceEvent[],
): Promise<string[]> {
	const world = await openWorld();
	try {
		for (const { kind, session } of events) {
			const named = lease(session, edgeOf(session));
			if (kind === 'established') await world.leases.establish(named, 60_000);
			else await world.leases.end(named);
		}
		return (await world.leases.open()).map(({ sessionId }) => sessionId).sort();
	} finally {
		await world.dispose();
	}
}
