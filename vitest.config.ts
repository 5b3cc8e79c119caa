import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Tests of Node code and of rune classes. Browser tests are Playwright's (tests/e2e).
export default defineConfig({
	plugins: [svelte()],
	resolve: { conditions: ['browser'] },
	test: {
		include: ['tests/{unit,contract,integration}/**/*.test.ts'],
		testTimeout: 20_000,
		hookTimeout: 60_000,
		expect: { poll: { timeout: 10_000 } },
		// Two cores, and integration tests start real browsers and servers.
		maxWorkers: 2,
		reporters: ['default'],
	},
});
