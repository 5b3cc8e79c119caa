import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest begins first, so that no core waits for it at the end. */
class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const sorted = await super.sort(files);
		const isLong = ({ moduleId }: TestSpecification) =>
			/\/tests\/(integration|unit\/cluster)\//.test(moduleId);
		return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
	}
}

// Tests of Node code and of rune classes. Browser tests are Playwright's (tests/e2e).
export default defineConfig({
	plugins: [svelte()],
	resolve: { conditions: ['browser'] },
	test: {
		include: ['tests/{unit,contract,integration}/**/*.test.ts'],
		testTimeout: 20_000,
		hookTimeout: 60_000,
		expect: { poll: { timeout: 10_000 } },
		// Two cores, and a third for while integration tests wait for leases and for groups of Kafka.
		maxWorkers: 3,
		sequence: { sequencer: LongestFirst },
		// Locally nothing is tried again. Where it is, `npm test` names what needed it.
		retry: process.env['CI'] ? 1 : 0,
		reporters: ['default'],
	},
});
