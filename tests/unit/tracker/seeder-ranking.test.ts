// Who is tried first.
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../../../proto/ids.ts';
import { rankSeeders, type Seeder } from '../../../tracker/seeder-ranking.ts';

const seeder = (name: string, onlineSinceMs: number | undefined, lastSeenAtMs = 0): Seeder => ({
	peerId: name as PeerId,
	onlineSinceMs,
	lastSeenAtMs,
});

describe('rankSeeders', () => {
	it('prefers those that are here, the longest first, then those seen last', () => {
		const seeders = [
			seeder('away-long', undefined, 10),
			seeder('new', 500),
			seeder('away-just', undefined, 90),
			seeder('old', 100),
			seeder('first', 0),
		];
		const names = rankSeeders(seeders).map(({ peerId }) => peerId);
		expect(names).toEqual(['first', 'old', 'new', 'away-just', 'away-long']);
	});

	it('decides ties by id, whatever order they come in, and changes nothing it is given', () => {
		const seeders = [
			seeder('b', 1),
			seeder('a', 1),
			seeder('d', undefined),
			seeder('c', undefined),
		];
		const ranked = rankSeeders(seeders).map(({ peerId }) => peerId);
		expect(ranked).toEqual(['a', 'b', 'c', 'd']);
		expect(rankSeeders(seeders.toReversed()).map(({ peerId }) => peerId)).toEqual(ranked);
		expect(seeders[0]?.peerId).toBe('b');
	});
});
