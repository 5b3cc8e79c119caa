import { defineConfig } from '@playwright/test';
import { chromiumFlags, chromiumPath } from './tests/support/chromium.ts';

// Browser tests: every spec starts its own server on a free port (tests/support/household.ts), so
// files can run side by side; two cores carry one at a time.
export default defineConfig({
	testDir: 'tests/e2e',
	testMatch: '**/*.spec.ts',
	workers: 1,
	timeout: 60_000,
	expect: { timeout: 15_000 },
	outputDir: 'test-results',
	reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
	use: {
		browserName: 'chromium',
		launchOptions: { executablePath: chromiumPath(), args: chromiumFlags },
		viewport: { width: 1280, height: 800 },
		screenshot: 'only-on-failure',
		trace: 'off',
	},
});
