// One batch: order by key, offsets only as far as everything before is done, retries by the clock, and an
// early end that leaves the rest unresolved.
import { create, toBinary } from '@bufbuild/protobuf';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { deliverBatch } from '../../../../bus/kafka/batch-delivery.ts';
import { BusEventSchema, type BusEvent } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { createManualClock } from '../../../support/manual-clock.ts';

const heartbeatIntervalMs = 500;
/** A message is a part of what came with it. */
const fetchedBytes = 100_000;
/** Ends the key of a message that is no event. */
const unreadable = ' unreadable';

function message(offset: number, key: string): KafkaMessage {
	const upserted = [{ offer: { mediaId: new Uint8Array(32) } }];
	const body = { case: 'peerCatalogUpdated', value: { upserted } } as const;
	const value = key.endsWith(unreadable)
		? Uint8Array.of(0xff)
		: toBinary(BusEventSchema, create(BusEventSchema, { eventId: `${offset}`, body }));
	const fetched = Buffer.concat([value, Buffer.alloc(fetchedBytes - value.length)]);
	return {
		key: Buffer.from(key.replace(unreadable, '')),
		value: fetched.subarray(0, value.length),
		offset: `${offset}`,
		timestamp: '0',
		attributes: 0,
		headers: {},
	};
}

/**
 * A batch of the keys given, at offsets from 10 on, whose handler waits until it is told to go on. What it handles goes by
 * the offsets, as 10+12 where it takes events of one key together.
 */
function setUp(keys: readonly string[], takes: 'one by one' | 'together' = 'one by one') {
	const clock = createManualClock();
	const running = new Map<string, { finish(): void; fail(): void }>();
	const resolved: string[] = [];
	const observer = { delivered: vi.fn(), heldUp: vi.fn(), retrying: vi.fn(), putAside: vi.fn() };
	const putAside = vi.fn(() => Promise.resolve());
	const heartbeat = vi.fn(() => Promise.resolve());
	const commitOffsetsIfNecessary = vi.fn(() => Promise.resolve());
	let mayGoOn = true;
	const handled: BusEvent[] = [];
	const handleTogether = (events: readonly BusEvent[]) =>
		new Promise<void>((resolve, reject) => {
			const offsets = events.map(({ eventId }) => eventId).join('+');
			handled.push(...events);
			running.set(offsets, {
				finish: () => {
					running.delete(offsets);
					resolve();
				},
				fail: () => {
					running.delete(offsets);
					reject(new Error('not now'));
				},
			});
		});
	const handle = (event: BusEvent) => handleTogether([event]);
	const messages = keys.map((key, index) => message(10 + index, key));
	const payload = {
		batch: { topic: 'topic', partition: 3, messages },
		resolveOffset: (offset: string) => resolved.push(offset),
		heartbeat,
		commitOffsetsIfNecessary,
		isRunning: () => true,
	} as unknown as EachBatchPayload;
	const done = deliverBatch(
		{
			group: 'group',
			handle,
			...(takes === 'together' && { handleTogether }),
			putAside,
			observer,
			clock,
			heartbeatIntervalMs,
			mayGoOn: () => mayGoOn,
		},
		payload,
	);
	done.catch(() => undefined);
	return {
		clock,
		running,
		handled,
		resolved,
		observer,
		putAside,
		heartbeat,
		commitOffsetsIfNecessary,
		done,
		stop: () => (mayGoOn = false),
		runs: (...offsets: string[]) =>
			vi.waitFor(() => expect([...running.keys()].sort()).toEqual(offsets), { interval: 1 }),
	};
}

describe('deliverBatch', () => {
	it('runs keys side by side and the events of one after another', async () => {
		const { running, done, runs } = setUp(['a', 'b', 'a', 'b']);
		await runs('10', '11');
		running.get('11')!.finish();
		await runs('10', '13');
		running.get('10')!.finish();
		await runs('12', '13');
		running.get('12')!.finish();
		running.get('13')!.finish();
		await done;
	});

	it('hands over together what is there of a key, where the handler takes it so', async () => {
		const { running, resolved, observer, done, runs } = setUp(['a', 'b', 'a', 'a'], 'together');
		await runs('10+12+13', '11');
		running.get('10+12+13')!.finish();
		await vi.waitFor(() => expect(resolved).toEqual(['10']), { interval: 1 });
		running.get('11')!.finish();
		await done;
		expect(resolved).toEqual(['10', '13']);
		expect(observer.delivered.mock.calls).toEqual([[3], [1]]);
	});

	it('hands over one by one what could not be handled together', async () => {
		const { running, resolved, observer, done, runs } = setUp(['a', 'a'], 'together');
		await runs('10+11');
		running.get('10+11')!.fail();
		await runs('10');
		expect(observer.retrying).toHaveBeenCalledOnce();
		expect(resolved).toEqual([]);
		running.get('10')!.finish();
		await runs('11');
		expect(resolved).toEqual(['10']);
		running.get('11')!.finish();
		await done;
		expect(resolved).toEqual(['10', '11']);
	});

	it('puts aside what cannot be read, and hands over the events around it', async () => {
		const { running, putAside, done, runs } = setUp(['a', 'a unreadable', 'a'], 'together');
		await runs('10');
		running.get('10')!.finish();
		await runs('12');
		expect(putAside).toHaveBeenCalledOnce();
		running.get('12')!.finish();
		await done;
	});

	it('goes on with many of one key part by part, and stops between them', async () => {
		const keys = Array.from({ length: 60 }, () => 'a');
		const { running, handled, resolved, stop, done } = setUp(keys, 'together');
		await vi.waitFor(() => expect(running.size).toBe(1), { interval: 1 });
		stop();
		for (const { finish } of running.values()) finish();
		await done;
		expect(handled).toHaveLength(50);
		expect(resolved.at(-1)).toBe('59');
	});

	it('lets go of what was fetched with an event of which something is kept', async () => {
		const { running, handled, done, runs } = setUp(['a']);
		await runs('10');
		running.get('10')!.finish();
		await done;
		const kept = handled.flatMap(({ body }) =>
			body.case === 'peerCatalogUpdated' ? body.value.upserted : [],
		);
		const [bytes] = kept.map(({ offer }) => offer?.mediaId);
		expect(bytes).toHaveLength(32);
		expect(bytes?.buffer.byteLength).toBeLessThan(1_000);
	});

	it('resolves an offset only when everything before it is done', async () => {
		const { running, resolved, done, runs } = setUp(['a', 'b', 'c']);
		await runs('10', '11', '12');
		running.get('12')!.finish();
		await runs('10', '11');
		expect(resolved).toEqual([]);
		running.get('10')!.finish();
		await vi.waitFor(() => expect(resolved).toEqual(['10']), { interval: 1 });
		running.get('11')!.finish();
		await done;
		expect(resolved).toEqual(['10', '12']);
	});

	it('beats and commits for as long as a handler takes, and not after', async () => {
		const { clock, running, heartbeat, commitOffsetsIfNecessary, done, runs } = setUp(['a']);
		await runs('10');
		for (let beat = 1; beat <= 3; beat += 1) {
			clock.advance(heartbeatIntervalMs);
			await vi.waitFor(() => expect(commitOffsetsIfNecessary).toHaveBeenCalledTimes(beat));
			await vi.waitFor(() => expect(clock.pending()).toBe(1), { interval: 1 });
		}
		expect(heartbeat).toHaveBeenCalledTimes(3);
		running.get('10')!.finish();
		await done;
		expect(clock.pending()).toBe(0);
	});

	it('says which handler does not return, each time its age has doubled, and goes on beating', async () => {
		const { clock, running, observer, heartbeat, done, runs } = setUp(['a', 'b']);
		await runs('10', '11');
		const beatFor = async (durationMs: number) => {
			for (let passedMs = 0; passedMs < durationMs; passedMs += heartbeatIntervalMs) {
				clock.advance(heartbeatIntervalMs);
				await vi.waitFor(() => expect(clock.pending()).toBe(1), { interval: 1 });
			}
		};
		await beatFor(59_500);
		expect(observer.heldUp).not.toHaveBeenCalled();
		running.get('11')!.finish();
		await runs('10');
		await beatFor(500);
		const event = { topic: 'topic', partition: 3 };
		expect(observer.heldUp.mock.calls).toMatchObject([[event, 60_000]]);
		await beatFor(59_500);
		expect(observer.heldUp).toHaveBeenCalledOnce();
		await beatFor(500);
		expect(observer.heldUp.mock.lastCall).toMatchObject([event, 120_000]);
		expect(heartbeat).toHaveBeenCalledTimes(240);
		running.get('10')!.finish();
		await done;
		expect(clock.pending()).toBe(0);
	});

	it('tries again after its delays, then puts the event aside and goes on with its key', async () => {
		const { clock, running, resolved, observer, putAside, done, runs } = setUp(['a', 'a']);
		for (const delayMs of [100, 1_000]) {
			await runs('10');
			running.get('10')!.fail();
			await vi.waitFor(() => expect(clock.pending()).toBe(2), { interval: 1 });
			clock.advance(delayMs - 1);
			expect(running.size).toBe(0);
			clock.advance(1);
		}
		await runs('10');
		running.get('10')!.fail();
		await runs('11');
		expect(putAside).toHaveBeenCalledExactlyOnceWith(
			expect.objectContaining({ topic: 'topic', partition: 3 }),
			'group',
			expect.objectContaining({ code: 'internal', message: 'not now' }),
		);
		expect(observer.retrying).toHaveBeenCalledTimes(2);
		running.get('11')!.finish();
		await done;
		expect(resolved).toEqual(['10', '11']);
	});

	it('ends with an event unresolved that could not be put aside', async () => {
		const { clock, running, resolved, putAside, done, runs } = setUp(['a', 'a']);
		putAside.mockRejectedValue(new Error('no broker'));
		for (const delayMs of [100, 1_000, 0]) {
			await runs('10');
			running.get('10')!.fail();
			if (delayMs === 0) break;
			await vi.waitFor(() => expect(clock.pending()).toBe(2), { interval: 1 });
			clock.advance(delayMs);
		}
		await expect(done).rejects.toThrow('no broker');
		expect(resolved).toEqual([]);
		expect(running.size).toBe(0);
	});

	it('starts nothing more when the group rebalances, and fails once running handlers are done', async () => {
		const { clock, running, resolved, heartbeat, done, runs } = setUp(['a', 'a']);
		const ended = vi.fn();
		done.catch(ended);
		await runs('10');
		heartbeat.mockRejectedValue(new Error('rebalance'));
		clock.advance(heartbeatIntervalMs);
		await vi.waitFor(() => expect(heartbeat).toHaveBeenCalled());
		expect(ended).not.toHaveBeenCalled();
		running.get('10')!.finish();
		await expect(done).rejects.toThrow('rebalance');
		expect(resolved).toEqual(['10']);
		expect(running.size).toBe(0);
	});

	it('ends quietly when the consumer closes', async () => {
		const { running, resolved, stop, done, runs } = setUp(['a', 'a', 'b']);
		await runs('10', '12');
		stop();
		running.get('10')!.finish();
		running.get('12')!.finish();
		await done;
		expect(resolved).toEqual(['10']);
	});
});
