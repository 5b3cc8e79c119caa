import { beforeEach, describe, expect, it } from 'vitest';
import {
	createSwarmIntroductions,
	type Member,
	type SwarmIntroductions,
} from '../../../../edge-server/swarms/introductions.ts';
import type { InfoHash } from '../../../../edge-server/swarms/owner-calls.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';

const [film, other] = ['ab'.repeat(20) as InfoHash, 'cd'.repeat(20) as InfoHash];

interface TestMember extends Member {
	/** Whom it was told of, by torrent. */
	readonly told: [infoHash: string, peerIds: string[]][];
}

function createMember(peerId: string): TestMember {
	const told: TestMember['told'] = [];
	return {
		told,
		peerId: peerId as PeerId,
		session: {
			send(body) {
				if (body.case !== 'swarmPeers') throw new Error(`said ${body.case}`);
				told.push([Buffer.from(body.value.infoHash).toString('hex'), body.value.peerIds]);
			},
		},
	};
}

describe('introductions', () => {
	let clock: ManualClock;
	let called: string[];
	let introductions: SwarmIntroductions;
	const [ada, bob, eve] = ['ada', 'bob', 'eve'];
	const join = (member: Member, isComplete = false, infoHash = film) =>
		introductions.setMembership(member, new Map([[infoHash, isComplete]]));
	beforeEach(() => {
		clock = createManualClock();
		called = [];
		introductions = createSwarmIntroductions({
			clock,
			randomBytes: (target) => target.fill(7),
			ownerCalls: { call: (infoHash) => void called.push(infoHash) },
		});
	});

	it('are made to whoever joins, not to those who are there', () => {
		const [first, second, third] = [createMember(ada), createMember(bob), createMember(eve)];
		join(first);
		join(second);
		join(third);
		expect(first.told).toEqual([]);
		expect(second.told).toEqual([[film, [ada]]]);
		expect(third.told.map(([infoHash, peers]) => [infoHash, peers.sort()])).toEqual([
			[film, [ada, bob]],
		]);
	});

	it('are made once for one joining, and again after a return', () => {
		const [first, second] = [createMember(ada), createMember(bob)];
		join(first);
		join(second);
		join(second, true);
		expect(second.told).toHaveLength(1);
		introductions.setMembership(second, new Map());
		join(second);
		expect(second.told).toHaveLength(2);
	});

	it('name nobody who has left, or is in another swarm', () => {
		const [first, second, third] = [createMember(ada), createMember(bob), createMember(eve)];
		join(first);
		join(second, false, other);
		introductions.remove(first.session);
		join(third);
		expect(third.told).toEqual([]);
	});

	it('name thirty of many, not always the same', () => {
		const crowd = Array.from({ length: 200 }, (_, number) => createMember(`peer-${number}`));
		for (const member of crowd) join(member, true);
		const [one, two] = crowd.slice(-2).map(({ told }) => told[0]?.[1] ?? []);
		expect([one?.length, new Set(one).size]).toEqual([30, 30]);
		expect(two).not.toEqual(one);
		expect(two).not.toContain('peer-199');
	});

	it('call the owners while somebody has not everything, and nobody otherwise', () => {
		const [owner, viewer] = [createMember(ada), createMember(bob)];
		join(owner, true);
		clock.advance(120_000);
		expect(called).toEqual([]);
		join(viewer);
		expect(called).toEqual([film]);
		clock.advance(40_000);
		expect(called).toEqual([film, film, film]);
		introductions.remove(viewer.session);
		clock.advance(40_000);
		expect(called).toHaveLength(3);
		introductions.remove(owner.session);
		clock.advance(20_000);
		expect(clock.pending()).toBe(0);
	});
});
