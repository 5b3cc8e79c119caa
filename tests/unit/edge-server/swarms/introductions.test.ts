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
	let waiting: (readonly PeerId[])[];
	let introductions: SwarmIntroductions;
	const [ada, bob, eve] = ['ada', 'bob', 'eve'];
	const join = (member: Member, isComplete = false, infoHash = film) =>
		introductions.setMembership(member, new Map([[infoHash, isComplete]]));
	beforeEach(() => {
		clock = createManualClock();
		called = [];
		waiting = [];
		introductions = createSwarmIntroductions({
			clock,
			randomBytes: (target) => target.fill(7),
			ownerCalls: {
				call: (infoHash, _, peerIds = []) => {
					called.push(infoHash);
					waiting.push(peerIds);
				},
			},
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

	describe('to those who wait at another edge', () => {
		const guests = ['guest-1', 'guest-2'] as PeerId[];
		const told = ({ told: all }: TestMember) => all.map(([, peerIds]) => [...peerIds].sort());

		it('are made by an owner that comes, and by one that is there', () => {
			const [early, late, viewer] = [createMember(ada), createMember(bob), createMember(eve)];
			join(early, true);
			introductions.awaited(film, guests, 60_000);
			expect(told(early)).toEqual([guests]);
			join(late, true);
			expect(told(late)).toEqual([[ada, ...guests]]);
			join(viewer);
			expect(told(viewer)).toEqual([[ada, bob]]);
		});

		it('are made once, however often it is said that they wait', () => {
			const owner = createMember(ada);
			join(owner, true);
			introductions.awaited(film, guests.slice(0, 1), 60_000);
			introductions.awaited(film, guests, 60_000);
			introductions.awaited(film, guests, 60_000);
			expect(told(owner)).toEqual([['guest-1'], ['guest-2']]);
		});

		it('are made to those of several edges, thirty of many', () => {
			introductions.awaited(film, guests.slice(0, 1), 60_000);
			introductions.awaited(film, guests.slice(1), 60_000);
			introductions.awaited(film, [], 60_000);
			const owner = createMember(ada);
			join(owner, true);
			expect(told(owner)).toEqual([guests]);
			const crowd = Array.from({ length: 40 }, (_, number) => `crowd-${number}` as PeerId);
			introductions.awaited(film, crowd, 60_000);
			const later = createMember(bob);
			introductions.remove(owner.session);
			join(later, true);
			expect(told(later)[0]).toHaveLength(30);
			expect(told(later)[0]).not.toContain('guest-1');
		});

		it('are not made when they wait no longer, nor in another swarm', () => {
			const owner = createMember(ada);
			introductions.awaited(film, guests, 60_000);
			join(owner, true, other);
			clock.advance(60_000);
			join(createMember(bob), true);
			join(owner, true);
			expect(told(owner)).toEqual([[bob]]);
		});

		it('begin with a call that names whoever has not everything', () => {
			join(createMember(ada), true);
			join(createMember(bob));
			join(createMember(eve));
			expect(waiting).toEqual([[bob], expect.arrayContaining([bob, eve])]);
			expect(waiting[1]).toHaveLength(2);
		});
	});
});
