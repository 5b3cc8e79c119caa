import { describe, expect, it } from 'vitest';
import { asTopic } from '../../../../bus/topics.ts';
import { createHistory } from '../../../../edge-server/operator/history.ts';
import { settle } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const topic = asTopic('peer.catalog.updated');

function open(lag: () => Promise<never[]> = async () => []) {
	const clock = createManualClock();
	const state = { published: 100, handled: 0, peers: 3 };
	const history = createHistory({
		clock,
		countPeers: () => state.peers,
		use: () => ({ version: '1', startedAtMs: 0, memoryBytes: 5_000, cpuShare: 0.25 }),
		bus: { topics: () => [{ topic, failed: 0, ...state }], lag },
	});
	const pass = async (samples: number) => {
		for (let number = 0; number < samples; number += 1) {
			await settle();
			clock.advance(5_000);
		}
		await settle();
	};
	return { clock, state, history, pass };
}

describe('createHistory', () => {
	it('samples every five seconds and makes rates of counts', async () => {
		const { state, history, pass } = open();
		const stop = history.start();
		await pass(0);
		state.published += 50;
		state.peers = 4;
		await pass(1);
		stop();
		await pass(3);
		const { atMs, peers, memoryBytes, cpuShare, topics } = history.read();
		expect(atMs[1]! - atMs[0]!).toBe(5_000);
		expect(peers).toEqual([3, 4]);
		expect(memoryBytes).toEqual([5_000, 5_000]);
		expect(cpuShare).toEqual([0.25, 0.25]);
		expect(topics).toEqual({ [topic]: [0, 10] });
	});

	it('remembers ten minutes', async () => {
		const { history, pass } = open();
		const stop = history.start();
		await pass(130);
		stop();
		const { atMs, lag, topics } = history.read();
		expect([atMs.length, lag.length, topics[topic]?.length]).toEqual([120, 120, 120]);
	});

	it('goes on when the broker does not say how far it is behind', async () => {
		const { history, pass } = open(() => Promise.reject(new Error('no broker')));
		const stop = history.start();
		await pass(1);
		stop();
		expect(history.read().lag).toEqual([0, 0]);
	});
});
