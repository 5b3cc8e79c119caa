// Writes the configuration tables of README.md and .env.example from the programs' own settings, and the table of
// metrics of docs/operations.md from the parts that count. With --check it fails when they are stale. Runs itself again on the project's Node, which reads TypeScript.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './toolbox.mjs';

if (!process.features.typescript) {
	process.exit(run('node', ['--disable-warning=ExperimentalWarning', ...process.argv.slice(1)]));
}

const prettier = await import('prettier');
const { edgeSettings } = await import('../edge-server/config.ts');
const { trackerConfig } = await import('../tracker/config.ts');
const { clusterConfig } = await import('../edge-server/cluster-config.ts');
const { trackerDoorsConfig } = await import('../tracker/cluster-config.ts');
const { peerSettings } = await import('../peer/node/config.ts');
const { createMetricRegistry } = await import('../bus/metric-registry.ts');
const { createMeteredBus } = await import('../bus/metered-bus.ts');
const { createMetrics } = await import('../edge-server/http/metrics.ts');
const { createTrackerMetrics } = await import('../tracker/tracker-metrics.ts');
const { createPeerMetrics } = await import('../peer/node/peer-metrics.ts');
const { mergeSettings } = await import('../bus/program.ts');
const programs = {
	edge: [edgeSettings, clusterConfig],
	tracker: [trackerConfig, trackerDoorsConfig],
};
const rows = Object.entries(programs).flatMap(([program, configs]) =>
	mergeSettings(...configs.map((config) => config.describeConfig())).map((row) => ({
		...row,
		program,
	})),
);
const byName = Map.groupBy(rows, (row) => row.name);

const table = [
	'| variable | default | what it does | read by |',
	'| --- | --- | --- | --- |',
	...[...byName].map(([name, [row, ...others]]) => {
		const readers = [row, ...others].map((each) => each.program).join(', ');
		return `| \`${name}\` | ${defaultOf(row)} | ${descriptionOf(row)} | ${readers} |`;
	}),
].join('\n');
// The headless peer runs elsewhere and means other things by some of the same names: a table of its own.
const peerRows = peerSettings.describeConfig();
const peerTable = [
	'| variable | default | what it does |',
	'| --- | --- | --- |',
	...peerRows.map((row) => `| \`${row.name}\` | ${defaultOf(row)} | ${descriptionOf(row)} |`),
].join('\n');
const exampleOf = ([name, row]) => `\n# ${row.description}\n# ${name}=${row.default}`;
const example = [
	'# Every variable with its default. Copy to .env what you change; `npm start` reads it.',
	...[...byName].map(([name, [row]]) => exampleOf([name, row])),
	'\n# The headless peer (`npm run start:peer`); what is above as well has the same name there.',
	...peerRows.filter(({ name }) => !byName.has(name)).map((row) => exampleOf([row.name, row])),
	'',
].join('\n');

const metricTable = [
	'| metric | kind | labels | what it tells |',
	'| --- | --- | --- | --- |',
	...listMetrics().map(
		({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels} | ${help} |`,
	),
].join('\n');

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const wanted = {
	'README.md': await prettier.format(
		withTable(withTable(readme, 'configuration', table), 'peer configuration', peerTable),
		{ parser: 'markdown' },
	),
	'docs/operations.md': await prettier.format(
		withTable(readFileSync(join(root, 'docs', 'operations.md'), 'utf8'), 'metrics', metricTable),
		{ parser: 'markdown' },
	),
	'.env.example': example,
};
let stale = 0;
for (const [file, text] of Object.entries(wanted)) {
	const path = join(root, file);
	if (safeRead(path) === text) continue;
	stale += 1;
	if (process.argv.includes('--check'))
		say(`${file} is stale: run \`node scripts/readme-tables.mjs\`.`);
	else writeFileSync(path, text);
}
process.exit(process.argv.includes('--check') && stale > 0 ? 1 : 0);

function defaultOf(row) {
	return row.default === '' ? '' : `\`${row.default}\``;
}

function descriptionOf(row) {
	return row.description.replaceAll('|', '\\|');
}

/** The text with the table between the comments of that name. */
function withTable(text, name, content) {
	const between = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`);
	return text.replace(between, (_, start, end) => `${start}\n${content}\n${end}`);
}

/** Every metric of every part, by name. */
function listMetrics() {
	const registry = createMetricRegistry();
	const clock = { monotonicMs: () => 0 };
	const nothing = () => undefined;
	createMeteredBus({ bus: { lag: async () => [] }, registry, clock });
	createMetrics({ registry, countSessions: nothing, countAnnounce: nothing });
	createTrackerMetrics({ registry, clock, counts: nothing });
	createPeerMetrics({ registry, snapshot: nothing });
	return registry
		.getMetricsAsArray()
		.map((metric) => ({
			name: metric.name,
			kind: metric.constructor.name.toLowerCase(),
			labels: metric.labelNames.map((label) => `\`${label}\``).join(', '),
			help: metric.help,
		}))
		.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function safeRead(path) {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return undefined;
	}
}
