// A whole cluster with few peers in one process, by a clock, a bus, a store and a network that only exist in memory, run
// from many seeds. simulation-full.test.ts has the runs with two hundred peers.
import { describe, expect, it, vi } from 'vitest';
import { expectNoProblems, seedGroups } from '../../support/simulation/seeds.ts';
import { isFull, simulate } from '../../support/simulation/simulate.ts';

vi.mock('../../../proto/identity.ts', async (importOriginal) => {
	const { verifyCheapSignature } = await import('../../support/simulation/cheap-proof.ts');
	return { ...(await importOriginal<object>()), verifySignature: verifyCheapSignature };
});

const file = 'tests/unit/cluster/simulation.test.ts';
// Following promises costs as much as a simulated cluster does, and nobody reads the ids of its log lines.
vi.mock('../../../bus/log-context.ts', () => ({
	withLogFields: <Result>(_fields: object, work: () => Result) => work(),
	currentLogFields: () => ({}),
}));

describe('a simulated cluster', { timeout: 600_000 }, () => {
	for (const seeds of seedGroups((seed) => !isFull(seed))) {
		it(`comes right after everything that happens from seed ${seeds[0]} on`, async () => {
			const runs = await expectNoProblems(seeds, file);
			// A cluster in which nothing happens would prove nothing.
			for (const { counts } of runs) expect(counts.sessions).toBeGreaterThanOrEqual(counts.peers);
		});
	}

	it('does the same again from the same seed, to the last event', async () => {
		const digests = new Set<string>();
		for (const seed of [1, 2, 3]) {
			const [once, again] = [await simulate(seed), await simulate(seed)];
			expect(again.digest).toBe(once.digest);
			digests.add(once.digest);
		}
		expect(digests.size).toBe(3);
	});
});
