import { defineConfig } from '@playwright/test';
import { chromiumFlags, chromiumPath } from './tests/support/chromium.ts';

// Browser tests: every test starts its own server on a free port (tests/support/household.ts), so most can run side by
// side; what measures times, or plays films in many tabs, needs the machine to itself. `npm test` says how many at once.
const alone = [
	'adapters/*',
	'streaming/*',
	'large-file.spec.ts',
	'largest-torrent.spec.ts',
	'swarm.spec.ts',
].map((name) => `tests/e2e/${name}`);

export default defineConfig({
	testDir: 'tests/e2e',
	workers: 1,
	timeout: 60_000,
	expect: { timeout: 15_000 },
	// Locally nothing is tried again. Where it is, `npm test` names what needed it.
	retries: process.env['CI'] ? 1 : 0,
	reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
	projects: [
		{
			name: 'side-by-side',
			testMatch: '**/*.spec.ts',
			testIgnore: alone,
			fullyParallel: true,
			outputDir: 'test-results/side-by-side',
		},
		{ name: 'alone', testMatch: alone, outputDir: 'test-results/alone' },
	],
	use: {
		browserName: 'chromium',
		launchOptions: { executablePath: chromiumPath(), args: chromiumFlags },
		viewport: { width: 1280, height: 800 },
		screenshot: 'only-on-failure',
		trace: 'off',
	},
});
