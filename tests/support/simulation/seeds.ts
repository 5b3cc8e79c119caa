// Which runs of the simulation a test makes, and what it says of one that failed. SEED=7 runs one, SEEDS=5000 the first
// five thousand; without either it is five hundred.
import { expect } from 'vitest';
import { simulate, type Run } from './simulate.ts';

const usualCount = 500;
const seedsPerTest = 70;

/** The seeds to run that are wanted, in groups of one test each; none when the only one asked for is not wanted. */
export function seedGroups(isWanted: (seed: number) => boolean): number[][] {
	const { SEED, SEEDS } = process.env;
	const count = Number(SEEDS ?? usualCount);
	const all =
		SEED === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(SEED)];
	const seeds = all.filter(isWanted);
	const groups: number[][] = [];
	for (let first = 0; first < seeds.length; first += seedsPerTest) {
		groups.push(seeds.slice(first, first + seedsPerTest));
	}
	return groups;
}

/** Runs each; the first that fails is described with the way to run it again. */
export async function expectNoProblems(seeds: readonly number[], file: string): Promise<Run[]> {
	const runs: Run[] = [];
	for (const seed of seeds) {
		const run = await simulate(seed);
		runs.push(run);
		if (run.problems.length > 0) expect.fail(describeFailure(run, file));
	}
	return runs;
}

function describeFailure({ seed, problems, lastSteps }: Run, file: string): string {
	return [
		`seed ${seed} went wrong:`,
		...problems.map((problem) => `  ${problem}`),
		'the last steps:',
		...lastSteps.map((step) => `  ${step}`),
		`run it again with: SEED=${seed} npx vitest run ${file}`,
	].join('\n');
}
