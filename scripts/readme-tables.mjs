// Writes the configuration tables of README.md and .env.example from the programs' own settings. With
// --check it fails when they are stale. Runs itself again on the project's Node, which reads TypeScript.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './toolbox.mjs';

if (!process.features.typescript) {
	process.exit(run('node', ['--disable-warning=ExperimentalWarning', ...process.argv.slice(1)]));
}

const prettier = await import('prettier');
const { edgeSettings } = await import('../edge-server/config.ts');
const { trackerConfig } = await import('../tracker/config.ts');
const programs = { edge: edgeSettings, tracker: trackerConfig };
const rows = Object.entries(programs).flatMap(([program, config]) =>
	config.describeConfig().map((row) => ({ ...row, program })),
);
const byName = Map.groupBy(rows, (row) => row.name);

const table = [
	'| variable | default | what it does | read by |',
	'| --- | --- | --- | --- |',
	...[...byName].map(([name, [row, ...others]]) => {
		const readers = [row, ...others].map((each) => each.program).join(', ');
		return `| \`${name}\` | ${row.default === '' ? '' : `\`${row.default}\``} | ${row.description.replaceAll('|', '\\|')} | ${readers} |`;
	}),
].join('\n');
const example = [
	'# Every variable with its default. Copy to .env what you change; `npm start` reads it.',
	...[...byName].map(([name, [row]]) => `\n# ${row.description}\n# ${name}=${row.default}`),
	'',
].join('\n');

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const wanted = {
	'README.md': await prettier.format(
		readme.replace(
			/(<!-- configuration -->\n)[\s\S]*?(\n<!-- \/configuration -->)/,
			(_, start, end) => `${start}\n${table}\n${end}`,
		),
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

function safeRead(path) {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return undefined;
	}
}
