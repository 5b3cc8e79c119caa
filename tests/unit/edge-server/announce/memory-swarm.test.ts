import { describe, expect, it } from 'vitest';
import {
	addMember,
	countMembers,
	createMemorySwarm,
	longestSilent,
	markComplete,
	pickOthers,
	removeMember,
	type MemorySwarm,
} from '../../../../edge-server/announce/memory-swarm.ts';
import { createSeededRandom } from '../../../../edge-server/announce/seeded-random.ts';
import { infoHash, swarmPeerId } from '../../../support/swarm-names.ts';

function swarmOf(size: number): MemorySwarm<string> {
	const swarm = createMemorySwarm<string>(infoHash(1));
	for (let peer = 0; peer < size; peer += 1) {
		const member = { infoHash: infoHash(1), peerId: swarmPeerId(peer), recipient: 'door' };
		addMember(swarm, member, 100 - peer);
	}
	return swarm;
}

describe('a swarm in memory', () => {
	it('keeps every member in its place through picking and removing', () => {
		const swarm = swarmOf(30);
		const random = createSeededRandom(1);
		for (let round = 0; round < 25; round += 1) {
			const self = swarm.members[Math.floor(random() * swarm.members.length)]!;
			pickOthers(swarm, self, 5, random);
			removeMember(swarm, self);
			expect(swarm.members.map((member) => member.place)).toEqual([...swarm.members.keys()]);
			expect(new Set(swarm.members)).toEqual(new Set(swarm.byPeerId.values()));
		}
		expect(swarm.members).toHaveLength(5);
	});

	it('picks every other member about as often', () => {
		const swarm = swarmOf(11);
		const self = swarm.byPeerId.get(swarmPeerId(0))!;
		const times = new Map<string, number>();
		const random = createSeededRandom(7);
		for (let round = 0; round < 5000; round += 1) {
			for (const { peerId } of pickOthers(swarm, self, 3, random)) {
				times.set(peerId, (times.get(peerId) ?? 0) + 1);
			}
		}
		expect(times.size).toBe(10);
		// 1,500 expected each; 150 is over four standard deviations.
		for (const count of times.values()) expect(Math.abs(count - 1500)).toBeLessThan(150);
	});

	it('counts a member complete once and takes it back when it goes', () => {
		const swarm = swarmOf(3);
		const seeder = swarm.members[1]!;
		markComplete(swarm, seeder);
		markComplete(swarm, seeder);
		expect(countMembers(swarm)).toEqual({ complete: 1, incomplete: 2 });
		removeMember(swarm, seeder);
		expect(countMembers(swarm)).toEqual({ complete: 0, incomplete: 2 });
		expect(countMembers(undefined)).toEqual({ complete: 0, incomplete: 0 });
	});

	it('finds the one silent for longest wherever it is', () => {
		const swarm = swarmOf(10);
		expect(longestSilent(swarm).peerId).toBe(swarmPeerId(9));
	});
});
