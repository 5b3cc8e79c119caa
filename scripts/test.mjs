// `npm test`: everything there is to check, or the stages named on the command line (lint, types, unit,
// browser). Ends with one line that counts all of it; one check of a linter or compiler counts as one.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { installPrerequisites } from './prerequisites.mjs';
import { readPlaywright, readVitest } from './test-reports.mjs';
import { buildApp, installPackages, root, run, runApart, say } from './toolbox.mjs';

// The slow ones first: what is short fills the end.
const stages = {
	lint: [
		check('eslint', 'eslint', ['--max-warnings', '0', '.']),
		check('formatting', 'prettier', ['--check', '--log-level', 'warn', '.']),
		check('no unused files, exports or packages', 'knip', ['--no-progress']),
		check('contracts are linted and their code is current', 'node', [
			'scripts/proto.mjs',
			'--check',
		]),
		check('README tables are current', 'node', ['scripts/readme-tables.mjs', '--check']),
	],
	types: [
		check('types of the web app', 'svelte-check', ['--threshold', 'error', '--output', 'human']),
		check('types of the servers and tests', 'tsc', ['-p', 'tsconfig.server.json']),
		check('types of the browser tests', 'tsc', ['-p', 'tsconfig.e2e.json']),
		check('types of the peer core, without a DOM', 'tsc', ['-p', 'tsconfig.core.json']),
		check('types of the workers', 'tsc', ['-p', 'tsconfig.worker.json']),
	],
	unit: [suite('unit, contract and integration tests', vitest)],
	browser: [
		suite('browser tests, two at a time', () => playwright('side-by-side', 2)),
		suite('browser tests that need the machine to themselves', () => playwright('alone', 1)),
	],
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

const chosen = Object.entries(stages)
	.filter(([stage]) => wanted.length === 0 || wanted.includes(stage))
	.flatMap(([stage, parts]) => parts.map((part) => ({ stage, ...part })));
const outcomes = [];
const checks = chosen.filter(({ isSuite }) => !isSuite);
await Promise.all(
	Array.from({ length: Math.min(2, availableParallelism()) }, () => takeAll(checks)),
);
await takeAll(chosen.filter(({ isSuite }) => isSuite));
summarise();
process.exit(total('failed') > 0 ? 1 : 0);

/** Several may take from the same parts. */
async function takeAll(parts) {
	for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
		const { stage, title } = part;
		if (part.isSuite) say(`\n── ${stage}: ${title}`);
		const startedAt = Date.now();
		const { output = '', ...result } = await part.run();
		const seconds = (Date.now() - startedAt) / 1000;
		if (!part.isSuite) say(`\n── ${stage}: ${title}\n${output}`.trimEnd());
		say(`   ${result.failed > 0 ? 'FAILED' : 'ok'} in ${seconds.toFixed(1)} s`);
		outcomes.push({ stage, title, startedAt, endedAt: Date.now(), ...result });
	}
}

function summarise() {
	say('\n── summary');
	for (const stage of new Set(outcomes.map((outcome) => outcome.stage))) {
		const parts = outcomes.filter((outcome) => outcome.stage === stage);
		const startedAt = Math.min(...parts.map((part) => part.startedAt));
		const endedAt = Math.max(...parts.map((part) => part.endedAt));
		say(`   ${stage}: ${((endedAt - startedAt) / 60_000).toFixed(1)} min`);
	}
	const unsteady = outcomes.flatMap((outcome) => outcome.unsteady);
	if (unsteady.length > 0) say('\nUNSTEADY, passed only when tried again:');
	for (const name of unsteady) say(`   ${name}`);
	for (const { stage, title, failed } of outcomes) {
		if (failed > 0) say(`FAILED ${stage}: ${title}`);
	}
	say(`\n${total('passed')} passed, ${total('failed')} failed`);
}

function total(key) {
	return outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
}

/** A program that uses one core. What it says is kept until it has ended, as others run beside it. */
function check(title, command, args) {
	return {
		title,
		isSuite: false,
		run: async () => {
			const { status, output } = await runApart(command, args);
			const passed = status === 0 ? 1 : 0;
			return { passed, failed: 1 - passed, unsteady: [], output };
		},
	};
}

/** A test run that shares the machine with nothing and speaks for itself. */
function suite(title, run) {
	return { title, isSuite: true, run };
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
	return readVitest(report, status);
}

/** `project` is one of playwright.config.ts. */
function playwright(project, workers) {
	buildApp();
	const report = join(root, 'test-results', 'e2e.json');
	rmSync(report, { force: true });
	const status = run('playwright', ['test', `--project=${project}`, `--workers=${workers}`]);
	return readPlaywright(report, status);
}
