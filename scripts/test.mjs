// `npm test`: everything there is to check, or the stages named on the command line (lint, types, unit,
// browser). Ends with one line that counts all of it; one check of a linter or compiler counts as one.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installPrerequisites } from './prerequisites.mjs';
import { buildApp, installPackages, root, run, say } from './toolbox.mjs';

const stages = {
	lint: [
		check('contracts are linted and their code is current', 'node', [
			'scripts/proto.mjs',
			'--check',
		]),
		check('formatting', 'prettier', ['--check', '--log-level', 'warn', '.']),
		check('README tables are current', 'node', ['scripts/readme-tables.mjs', '--check']),
		check('eslint', 'eslint', ['--max-warnings', '0', '.']),
		check('no unused files, exports or packages', 'knip', ['--no-progress']),
	],
	types: [
		check('types of the peer core, without a DOM', 'tsc', ['-p', 'tsconfig.core.json']),
		check('types of the servers and tests', 'tsc', ['-p', 'tsconfig.server.json']),
		check('types of the browser tests', 'tsc', ['-p', 'tsconfig.e2e.json']),
		check('types of the workers', 'tsc', ['-p', 'tsconfig.worker.json']),
		check('types of the web app', 'svelte-check', ['--threshold', 'error', '--output', 'human']),
	],
	unit: [suite('unit, contract and integration tests', vitest)],
	browser: [suite('browser tests', playwright)],
};

installPackages();
const missing = installPrerequisites();
if (missing.length > 0 && process.env.CI) {
	say('CI needs all of these.');
	say(`0 passed, ${missing.length} failed`);
	process.exit(1);
}
run('svelte-kit', ['sync'], { stdio: 'ignore' });

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in stages));
if (unknown.length > 0) {
	say(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(stages).join(', ')}`);
	process.exit(2);
}

let passed = 0;
let failed = 0;
const failures = [];
for (const [name, parts] of Object.entries(stages)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	for (const part of parts) {
		say(`\n── ${name}: ${part.title}`);
		const startedAt = Date.now();
		const result = part.run();
		passed += result.passed;
		failed += result.failed;
		if (result.failed > 0) failures.push(`${name}: ${part.title}`);
		say(
			`   ${result.failed > 0 ? 'FAILED' : 'ok'} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`,
		);
	}
}
for (const failure of failures) say(`FAILED ${failure}`);
say(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

function check(title, command, args) {
	return {
		title,
		run: () => (run(command, args) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
	};
}

function suite(title, run) {
	return { title, run };
}

function vitest() {
	const report = join(root, '.cache', 'unit.json');
	rmSync(report, { force: true });
	const status = run('vitest', [
		'run',
		'--reporter=default',
		'--reporter=json',
		`--outputFile.json=${report}`,
	]);
	if (!existsSync(report)) return { passed: 0, failed: 1 };
	const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
		readFileSync(report, 'utf8'),
	);
	const counted = numFailedTests > 0 ? numFailedTests : numFailedTestSuites;
	return { passed: numPassedTests, failed: counted > 0 || status === 0 ? counted : 1 };
}

function playwright() {
	buildApp();
	const report = join(root, 'test-results', 'e2e.json');
	rmSync(report, { force: true });
	const status = run('playwright', ['test']);
	if (!existsSync(report)) return { passed: 0, failed: 1 };
	const { expected, unexpected, flaky } = JSON.parse(readFileSync(report, 'utf8')).stats;
	return { passed: expected + flaky, failed: unexpected > 0 || status === 0 ? unexpected : 1 };
}
