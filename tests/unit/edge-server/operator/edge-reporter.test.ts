import { describe, expect, it } from 'vitest';
import { createEdgeReporter } from '../../../../edge-server/operator/edge-reporter.ts';
import { edgeId, settle } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

function open() {
	const clock = createManualClock();
	const state = { isThere: true, isDraining: false };
	const reports: unknown[] = [];
	const warnings: string[] = [];
	const reporter = createEdgeReporter({
		...{ edgeId, clock },
		tracker: {
			reportEdge: async ({ report }) => {
				if (!state.isThere) throw new Error('down');
				reports.push(report);
				return {} as never;
			},
		},
		logger: {
			info: () => undefined,
			warn: (message) => void warnings.push(message),
			error: () => undefined,
		},
		state: () => ({ address: 'a:1', peers: 1, maxPeers: 2, isDraining: state.isDraining }),
		use: () => ({ version: '1', startedAtMs: 7.5, memoryBytes: 8, cpuShare: 0.5 }),
	});
	const pass = async (ms: number) => {
		await settle();
		clock.advance(ms);
		await settle();
	};
	return { state, reports, warnings, reporter, pass };
}

describe('createEdgeReporter', () => {
	it('reports at once, every ten seconds, and when asked, until it is stopped', async () => {
		const { state, reports, reporter, pass } = open();
		const stop = reporter.start();
		await pass(10_000);
		expect(reports).toHaveLength(2);
		expect(reports[0]).toMatchObject({
			...{ edgeId, address: 'a:1', peers: 1, maxPeers: 2, isDraining: false },
			program: { version: '1', startedAtMs: 7n, memoryBytes: 8n, cpuShare: 0.5 },
		});
		state.isDraining = true;
		await reporter.report();
		expect(reports.at(-1)).toMatchObject({ isDraining: true });
		stop();
		await pass(60_000);
		expect(reports).toHaveLength(3);
	});

	it('goes on while the tracker is away, and complains once', async () => {
		const { state, reports, warnings, reporter, pass } = open();
		state.isThere = false;
		const stop = reporter.start();
		await pass(10_000);
		await pass(10_000);
		expect(warnings).toHaveLength(1);
		state.isThere = true;
		await pass(10_000);
		expect(reports).toHaveLength(1);
		stop();
	});
});
