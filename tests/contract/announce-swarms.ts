// What every store of the announce tracker's swarms must do. An adapter's test calls it with a way to open
// a fresh one; everything is awaited, so adapters that answer at once and later ones pass the same.
import { beforeEach, describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../edge-server/announce/seeded-random.ts';
import type { Outcome, Presence, Swarms } from '../../edge-server/announce/swarms.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { infoHash, swarmPeerId } from '../support/swarm-names.ts';

/** Stands for a connection. */
interface Door {
	readonly name: string;
}

export interface SwarmsUnderTest {
	readonly limits: { maxPeersPerSwarm: number; maxPeers: number; peerTimeToLiveMs: number };
	readonly monotonicMs: () => number;
	readonly random: () => number;
}

const limits = { maxPeersPerSwarm: 5, maxPeers: 12, peerTimeToLiveMs: 60_000 };

export function describeSwarms(
	name: string,
	open: (options: SwarmsUnderTest) => Promise<Swarms<Door>>,
): void {
	describe(`${name} keeps the contract of Swarms`, () => {
		const film = infoHash(1);
		const [ann, ben]: [Door, Door] = [{ name: 'ann' }, { name: 'ben' }];
		let clock: ManualClock;
		let swarms: Swarms<Door>;

		beforeEach(async () => {
			clock = createManualClock();
			swarms = await open({
				limits,
				monotonicMs: clock.monotonicMs,
				random: createSeededRandom(1),
			});
		});

		const announce = async (peer: number, recipient: Door, more: Partial<Presence<Door>> = {}) =>
			swarms.announce({
				infoHash: film,
				peerId: swarmPeerId(peer),
				recipient,
				isComplete: false,
				wanted: 0,
				...more,
			});
		const count = async () => (await swarms.count([film]))[0];

		it('counts who joined, who is complete and who left', async () => {
			expect(await announce(1, ann)).toMatchObject({ kind: 'present', isNew: true });
			expect(await announce(2, ben, { isComplete: true })).toMatchObject({
				counts: { complete: 1, incomplete: 1 },
			});
			expect(await announce(1, ann)).toMatchObject({ kind: 'present', isNew: false });
			const joined = present(await announce(2, ben));
			expect(joined.counts).toEqual({ complete: 1, incomplete: 1 });
			expect(await announce(1, ann, { isComplete: true })).toMatchObject({
				counts: { complete: 2, incomplete: 0 },
			});
			await swarms.leave([joined.membership]);
			expect(await count()).toEqual({ complete: 1, incomplete: 0 });
			expect(swarms.totals()).toEqual({ swarms: 1, peers: 1 });
		});

		it('forgets a swarm with its last member', async () => {
			const { membership } = present(await announce(1, ann));
			await swarms.leave([membership, membership]);
			expect(await count()).toEqual({ complete: 0, incomplete: 0 });
			expect(swarms.totals()).toEqual({ swarms: 0, peers: 0 });
			expect(await swarms.list(10)).toEqual([]);
		});

		it('names different others, never the one announced, at most as many as wanted', async () => {
			for (let peer = 1; peer <= 5; peer += 1) await announce(peer, ann);
			const picked = new Set<string>();
			for (let round = 0; round < 60; round += 1) {
				const { others } = present(await announce(1, ann, { wanted: 2 }));
				const names = others.map((other) => other.peerId);
				expect(new Set(names).size).toBe(2);
				expect(names).not.toContain(swarmPeerId(1));
				for (const each of names) picked.add(each);
			}
			expect([...picked].sort()).toEqual([2, 3, 4, 5].map(swarmPeerId).sort());
			expect(present(await announce(1, ann, { wanted: 50 })).others).toHaveLength(4);
		});

		it('leaves a peer id with the recipient that has it', async () => {
			await announce(1, ann);
			expect(await announce(1, ben, { isComplete: true })).toEqual({ kind: 'taken' });
			await swarms.leave([{ infoHash: film, peerId: swarmPeerId(1), recipient: ben }]);
			expect(await count()).toEqual({ complete: 0, incomplete: 1 });
			await swarms.leave([{ infoHash: film, peerId: swarmPeerId(1), recipient: ann }]);
			expect(await announce(1, ben)).toMatchObject({ kind: 'present', isNew: true });
		});

		it('tells where a peer is to members of its swarm only', async () => {
			await announce(1, ann);
			await announce(2, ben);
			await announce(3, ben, { infoHash: infoHash(2) });
			const from = { infoHash: film, peerId: swarmPeerId(1), recipient: ann };
			expect(await swarms.locate(from, swarmPeerId(2))).toBe(ben);
			expect(await swarms.locate(from, swarmPeerId(3))).toBeUndefined();
			expect(await swarms.locate({ ...from, recipient: ben }, swarmPeerId(2))).toBeUndefined();
			const stranger = { infoHash: film, peerId: swarmPeerId(9), recipient: ann };
			expect(await swarms.locate(stranger, swarmPeerId(2))).toBeUndefined();
		});

		it('makes room in a full swarm by forgetting the one silent for longest', async () => {
			for (let peer = 1; peer <= 5; peer += 1) {
				await announce(peer, ann);
				clock.advance(10);
			}
			await announce(1, ann);
			clock.advance(10);
			const { others, counts } = present(await announce(6, ann, { wanted: 9 }));
			expect(counts.incomplete).toBe(5);
			expect(others.map((other) => other.peerId).sort()).toEqual(
				[1, 3, 4, 5].map(swarmPeerId).sort(),
			);
			expect(await announce(2, ann)).toMatchObject({ isNew: true });
		});

		it('refuses a new member when all swarms together are full, and serves those it has', async () => {
			for (let peer = 1; peer <= 12; peer += 1)
				await announce(peer, ann, { infoHash: infoHash(peer) });
			expect(await announce(13, ann, { infoHash: infoHash(13) })).toEqual({ kind: 'full' });
			expect(await announce(1, ann)).toMatchObject({ kind: 'present', isNew: false });
			expect(swarms.totals()).toEqual({ swarms: 12, peers: 12 });
		});

		it('sweeps those who have not announced within their time to live', async () => {
			await announce(1, ann);
			await announce(2, ann, { isComplete: true });
			await announce(3, ann, { infoHash: infoHash(2) });
			clock.advance(40_000);
			await announce(2, ann);
			clock.advance(40_000);
			await swarms.sweep();
			expect(await count()).toEqual({ complete: 1, incomplete: 0 });
			expect(swarms.totals()).toEqual({ swarms: 1, peers: 1 });
			expect(await announce(1, ann)).toMatchObject({ isNew: true });
		});

		it('counts many at once and lists no more than asked for', async () => {
			for (let peer = 1; peer <= 4; peer += 1)
				await announce(peer, ann, { infoHash: infoHash(peer) });
			const counts = await swarms.count([infoHash(3), infoHash(9)]);
			expect(counts).toEqual([
				{ complete: 0, incomplete: 1 },
				{ complete: 0, incomplete: 0 },
			]);
			expect(await swarms.list(3)).toHaveLength(3);
			expect([...(await swarms.list(9))].sort()).toEqual([1, 2, 3, 4].map(infoHash).sort());
		});
	});
}

function present(outcome: Outcome<Door>): Extract<Outcome<Door>, { kind: 'present' }> {
	if (outcome.kind !== 'present') throw new Error(`expected to be present, was ${outcome.kind}`);
	return outcome;
}
