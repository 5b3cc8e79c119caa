import { describe, expect, it } from 'vitest';
import type { CommandRow, OperatorSnapshot } from '../../../../proto/operator.ts';
import { toOperatorCommand } from '../../../../web/lib/state/operator-command.ts';
import * as view from '../../../../web/lib/state/operator-view.ts';
import { failureWords, tokenProblem } from '../../../../web/lib/state/operator-words.ts';

const takenAtMs = 1_000_000;
const snapshot: OperatorSnapshot = {
	takenAtMs,
	edgeId: 'edge-a',
	edges: [
		{ edgeId: 'edge-a', state: 'serving', peers: 1_204, maxPeers: 10_000, startedAtMs: 940_000 },
		{ edgeId: 'edge-b', state: 'silent', peers: 2 },
	],
	peers: [
		{
			...{ peerId: 'abcdefghijklmnopqrstuvwxyz', displayName: '', edgeId: 'edge-a', offers: 3 },
			...{ sessionId: 's1', sinceMs: takenAtMs - 90_000 },
			here: {
				...{ door: 'websocket', remoteAddress: '192.0.2.1', heardAtMs: takenAtMs - 4_000 },
				...{ bytesIn: 1_500, bytesOut: 2_000_000 },
			},
		},
		{
			...{ peerId: 'bob', displayName: 'Bob', edgeId: 'edge-b', sessionId: 's2' },
			...{ sinceMs: takenAtMs, offers: 0 },
		},
	],
	peerTotal: 2,
	catalog: {
		...{ entries: 1, available: 0, listed: 1, foundTotal: 1 },
		found: [
			{
				...{ catalogId: 'x', title: '<b>Film</b>', sizeBytes: 1e9, addedAtMs: takenAtMs },
				...{ owners: 2, ownersOnline: 0 },
			},
		],
	},
	subscriptions: [
		{ subscriptionId: 'q', peerId: 'bob', catalogId: 'x', expiresAtMs: takenAtMs + 7_200_000 },
	],
	subscriptionTotal: 1,
	commands: [],
	topics: [{ program: 'edge-a', topic: 't', published: 1, handled: 2, failed: 3 }],
	lags: [
		{ program: 'edge-a', group: 'g', topic: 't', events: 4 },
		{ program: 'edge-a', group: 'h', topic: 't', events: 5 },
		{ program: 'tracker', group: 'g', topic: 't', events: 100 },
	],
	programs: [
		{ program: 'edge-a', version: '1', startedAtMs: 0, memoryBytes: 5e7, cpuShare: 0.125 },
	],
	history: {
		atMs: [0, 5_000, 10_000],
		peers: [0, 5, 3],
		memoryBytes: [1e6, 2e6, 3e6],
		cpuShare: [0, 0.5, 0.25],
		lag: [0, 0, 0],
		topics: { 'peer.catalog.updated': [0, 1.26, 0.4] },
	},
};

const texts = (rows: readonly { cells: readonly { text: string }[] }[]) =>
	rows.map(({ cells }) => cells.map(({ text }) => text));

describe('the tables of the operator', () => {
	it('say how edges are', () => {
		expect(texts(view.edgeRows(snapshot))).toEqual([
			['edge-a (this one)', 'Serving', '–', '1,204', '10,000', '1 min', '–'],
			['edge-b', 'Silent', '–', '2', '–', '–', '–'],
		]);
	});

	it('say what a peer gives and takes, as far as this edge knows', () => {
		expect(texts(view.peerRows(snapshot))).toEqual([
			['No name', 'abcdef…wxyz', 'edge-a', '1 min 30 s', '3', '4 s ago', '1.5 kB', '2 MB'],
			['Bob', 'bob', 'edge-b', '0 s', '0', '–', '–', '–'],
		]);
		expect(view.peerRows(snapshot)[0]?.cells[1]?.title).toBe('abcdefghijklmnopqrstuvwxyz');
	});

	it('have a cell for every column', () => {
		const tables = [
			[view.edgeColumns, view.edgeRows],
			[view.peerColumns, view.peerRows],
			[view.entryColumns, view.entryRows],
			[view.subscriptionColumns, view.subscriptionRows],
			[view.topicColumns, view.topicRows],
			[view.programColumns, view.programRows],
		] as const;
		for (const [columns, rowsOf] of tables) {
			for (const { cells } of rowsOf(snapshot)) expect(cells).toHaveLength(columns.length);
		}
	});

	it('count what waits in a topic over the groups of its own program', () => {
		expect(texts(view.topicRows(snapshot))).toEqual([['t', 'edge-a', '1', '2', '3', '9']]);
	});

	it.each<[CommandRow['outcome'], string]>([
		[{ kind: 'pending' }, 'Waiting for the peer'],
		[{ kind: 'done', atMs: 0 }, 'Done: deleted'],
		[{ kind: 'done', atMs: 0, pictures: 1 }, 'Done: 1 picture'],
		[{ kind: 'done', atMs: 0, mediaId: 'ab'.repeat(32) }, 'Done: abababababab…'],
		[
			{ kind: 'failed', atMs: 0, code: 'unavailable', message: 'm' },
			'Failed: the peer is away (unavailable)',
		],
	])('say what became of a command: %j', (outcome, words) => {
		const command: CommandRow = { commandId: 'c', peerId: 'p', kind: 'file-delete', outcome };
		const [row] = view.commandRows({ ...snapshot, commands: [command] });
		expect(row?.cells.map(({ text }) => text)).toEqual(['Delete a film', 'p', '–', words, 'c']);
		expect(row?.cells).toHaveLength(view.commandColumns.length);
	});
});

describe('the plots of the operator', () => {
	it('say in a sentence what their lines show', () => {
		const [peers, , memory, processor, topic] = view.plots(snapshot);
		expect(peers).toMatchObject({ now: '3', most: '5', values: [0, 5, 3] });
		expect(peers?.summary).toBe('Peers: 3 now, at most 5 in the last 10 s.');
		expect(memory).toMatchObject({ now: '3 MB' });
		expect(processor).toMatchObject({ now: '25%', most: '50%' });
		expect(topic).toMatchObject({ title: 'peer.catalog.updated', now: '0.4/s', most: '1.3/s' });
	});

	it('stand still before the first sample', () => {
		const none = { atMs: [], peers: [], memoryBytes: [], cpuShare: [], lag: [], topics: {} };
		const [peers] = view.plots({ ...snapshot, history: none });
		expect(peers).toMatchObject({ now: '0', most: '0', values: [] });
	});
});

describe('a command of the operator', () => {
	const fields = { catalogId: 'x', newCatalogId: 'y', seconds: ' 1, 20 ,' };

	it.each([
		['file-delete', { kind: 'file-delete', catalogId: 'x' }],
		['file-hash', { kind: 'file-hash', catalogId: 'x' }],
		['file-remap', { kind: 'file-remap', oldCatalogId: 'x', newCatalogId: 'y' }],
		['screenshot-capture', { kind: 'screenshot-capture', catalogId: 'x', atMs: [1_000, 20_000] }],
	] as const)('is made of the fields of %s', (kind, command) => {
		expect(toOperatorCommand('ada', { kind, ...fields })).toEqual({ peerId: 'ada', command });
	});
});

describe('the words of the operator page', () => {
	it('tell a wrong token, none and too many apart', () => {
		const codes = ['unauthenticated', 'not-found', 'resource-exhausted', 'unavailable'] as const;
		expect(new Set(codes.map(tokenProblem)).size).toBe(4);
		expect(failureWords('timed-out')).toBe('no answer in time (timed-out)');
	});
});
