// What the reports of vitest and Playwright come to: how many tests passed and failed, and the names of those that
// passed only when they were tried again. A run that left no report, or failed without saying where, counts as one failure.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** `status` is the exit status of vitest, `path` where its JSON reporter wrote. */
export function readVitest(path, status) {
	const report = read(path);
	if (report === undefined) return nothing;
	const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = report;
	const failed = numFailedTests > 0 ? numFailedTests : numFailedTestSuites;
	// What passed with failures to tell of passed in a later try.
	const unsteady = testResults.flatMap(({ name, assertionResults }) =>
		assertionResults
			.filter((test) => test.status === 'passed' && test.failureMessages.length > 0)
			.map(({ fullName }) => `${basename(name)} ${fullName}`),
	);
	return { passed: numPassedTests, failed: atLeastOne(failed, status), unsteady };
}

/** `status` is the exit status of Playwright, `path` where its JSON reporter wrote. */
export function readPlaywright(path, status) {
	const report = read(path);
	if (report === undefined) return nothing;
	const { expected, unexpected, flaky } = report.stats;
	const unsteady = report.suites
		.flatMap(specsOf)
		.filter(({ tests }) => tests.some((test) => test.status === 'flaky'))
		.map(({ file, title }) => `${file} ${title}`);
	return { passed: expected + flaky, failed: atLeastOne(unexpected, status), unsteady };
}

const nothing = { passed: 0, failed: 1, unsteady: [] };

const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

const atLeastOne = (failed, status) => (failed === 0 && status !== 0 ? 1 : failed);

const specsOf = ({ specs, suites = [] }) => [...specs, ...suites.flatMap(specsOf)];
