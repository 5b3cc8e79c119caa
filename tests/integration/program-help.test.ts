// `--help` of every program: its variables with their defaults and what they do, at once and without starting anything.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clusterConfig } from '../../edge-server/cluster-config.ts';
import { edgeSettings } from '../../edge-server/config.ts';
import { peerSettings } from '../../peer/node/config.ts';
import { trackerDoorsConfig } from '../../tracker/cluster-config.ts';
import { trackerConfig } from '../../tracker/config.ts';

const programs = [
	{ main: 'main.ts', tables: [edgeSettings, trackerConfig], reads: ['PORT', '8080'] },
	{
		main: 'edge-server/main.ts',
		tables: [edgeSettings, clusterConfig],
		reads: ['EDGE_COMMANDS_TOPIC_PATTERN', 'edge.{edge_id}.commands'],
	},
	{
		main: 'tracker/main.ts',
		tables: [trackerConfig, trackerDoorsConfig],
		reads: ['TRACKER_LISTEN_ADDRESS', '127.0.0.1:50052'],
	},
	{
		main: 'peer/node/main.ts',
		tables: [peerSettings],
		reads: ['EDGE_GRPC_ADDRESS', 'localhost:50051'],
	},
];

describe.concurrent('--help', () => {
	it.each(programs)('of $main', async ({ main, tables, reads: [variable, value] }) => {
		const { stdout, stderr } = await promisify(execFile)(process.execPath, [
			...['--disable-warning=ExperimentalWarning', main, '--help'],
		]);
		expect(stderr).toBe('');
		const told = new Map(
			[...stdout.matchAll(/^ {2}([A-Z][A-Z0-9_]+)\n {6}(.+)\n {6}Default: (.+)$/gm)].map(
				([, name = '', text, usual]) => [name, { text, usual }],
			),
		);
		expect(told.get(variable!)?.usual).toBe(value);
		const rows = tables.flatMap((table) => table.describeConfig());
		expect([...told.keys()].toSorted()).toEqual(
			[...new Set(rows.map(({ name }) => name))].toSorted(),
		);
		for (const row of rows) expect(told.get(row.name)?.text).toBe(row.description);
	});
});
