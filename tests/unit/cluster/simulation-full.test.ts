// The runs of the simulated cluster with two hundred peers at three edges; simulation.test.ts has those with few.
import { describe, expect, it, vi } from 'vitest';
import { expectNoProblems, seedGroups } from '../../support/simulation/seeds.ts';
import { isFull } from '../../support/simulation/simulate.ts';

vi.mock('../../../proto/identity.ts', async (importOriginal) => {
	const { verifyCheapSignature } = await import('../../support/simulation/cheap-proof.ts');
	return { ...(await importOriginal<object>()), verifySignature: verifyCheapSignature };
});

const file = 'tests/unit/cluster/simulation-full.test.ts';
// Following promises costs as much as a simulated cluster does, and nobody reads the ids of its log lines.
vi.mock('../../../bus/log-context.ts', () => ({
	withLogFields: <Result>(_fields: object, work: () => Result) => work(),
	currentLogFields: () => ({}),
}));

describe('a simulated cluster of two hundred peers', { timeout: 600_000 }, () => {
	// With SEED only one of the two files has something to do.
	it.skipIf(seedGroups(isFull).length === 0)('comes right after everything', async () => {
		for (const seeds of seedGroups(isFull)) {
			const runs = await expectNoProblems(seeds, file);
			for (const { counts } of runs) {
				expect(counts).toMatchObject({ peers: 200 });
				expect(counts.commands).toBeGreaterThan(10);
			}
		}
	});
});
