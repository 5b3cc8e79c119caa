// What every lease store must do, as tests: one edge holds a peer, by example and by random sequences of everything edges
// may do. An adapter's own test file calls describeLeaseStore with a store whose time passes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerId, SessionId } from '../../proto/ids.ts';
import type { Lease, LeaseStore } from '../../tracker/store/lease-store.ts';
import { lease, none, peerId, type LeaseWorld } from './lease-store/lease-world.ts';
import { describeRandomSequences } from './lease-store/random-sequences.ts';

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
			const prolonged = { leaseMs: 60_000, replacesSessionId: none };
			expect(await leases.claim(lease('s1'), prolonged)).toEqual([]);
			await world.wait(leaseMs + 100);
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

		describeRandomSequences(openWorld, runs);
	});
}
