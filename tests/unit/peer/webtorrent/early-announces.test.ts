// When a swarm announces before it is due.
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import {
	createEarlyAnnounces,
	firstWaitMs,
	longestWaitMs,
	type EarlyAnnounces,
} from '../../../../peer/webtorrent/early-announces.ts';
import { createFakeClock, type FakeClock } from '../../../support/peer/fake-clock.ts';

describe('createEarlyAnnounces', () => {
	let clock: FakeClock;
	let life: AbortController;
	let announcedAtMs: number[];
	let announces: EarlyAnnounces;
	beforeEach(() => {
		clock = createFakeClock();
		life = new AbortController();
		announcedAtMs = [];
		const announce = () => void announcedAtMs.push(clock.monotonicMs());
		announces = createEarlyAnnounces(clock, announce, life.signal);
	});

	function meet(): EventEmitter {
		const connection = new EventEmitter();
		announces.watch(connection);
		return connection;
	}

	it('announces for a connection that closed before it opened, and for no other', async () => {
		const [opened, failed] = [meet(), meet()];
		opened.emit('connect');
		opened.emit('close');
		await clock.advance(longestWaitMs);
		expect(announcedAtMs).toEqual([]);
		failed.emit('close');
		await clock.advance(longestWaitMs);
		expect(announcedAtMs).toEqual([longestWaitMs + firstWaitMs]);
	});

	it('announces once for those that fail together', async () => {
		const [broken, given] = [meet(), meet()];
		broken.emit('error', new Error('no route'));
		broken.emit('close');
		given.emit('close');
		await clock.advance(longestWaitMs);
		expect(announcedAtMs).toEqual([firstWaitMs]);
	});

	it('waits longer each time, and never longer than others announce anyway', async () => {
		const waits: number[] = [];
		for (let failures = 0; failures < 6; failures += 1) {
			const failedAtMs = clock.monotonicMs();
			meet().emit('close');
			await clock.until(() => announcedAtMs.length > failures, longestWaitMs);
			waits.push(announcedAtMs[failures]! - failedAtMs);
		}
		expect(waits).toEqual([1_000, 4_000, 16_000, 64_000, longestWaitMs, longestWaitMs]);
	});

	it('says nothing of a swarm that was left', async () => {
		meet().emit('close');
		life.abort();
		meet().emit('close');
		await clock.advance(longestWaitMs);
		expect(announcedAtMs).toEqual([]);
	});
});
