// Events on their way: batches, order over failures, bounds, and a producer that is not used after a failure.
import type { Kafka } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { createEventOutbox } from '../../../../bus/kafka/event-outbox.ts';
import { asTopic } from '../../../../bus/topics.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

interface Request {
	topicMessages: { topic: string; messages: { value: Buffer }[] }[];
}

function setUp() {
	const clock = createManualClock();
	const sendBatch = vi.fn((_: Request) => Promise.resolve());
	const connect = vi.fn(() => Promise.resolve());
	const disconnect = vi.fn(() => Promise.resolve());
	const kafka = { producer: () => ({ connect, sendBatch, disconnect }) } as unknown as Kafka;
	const administration = {
		ensureTopics: vi.fn(() => Promise.resolve()),
		forgetTopics: vi.fn(),
		lag: vi.fn(),
		close: vi.fn(),
	};
	const logger = { info: vi.fn(), warn: vi.fn() };
	const outbox = createEventOutbox({
		kafka,
		administration,
		clock,
		logger,
		deliveryTimeoutMs: 5_000,
	});
	const send = (text: string, topic = 'topic') =>
		outbox.send({ topic: asTopic(topic), key: 'key', value: Buffer.from(text) });
	/** The texts of every request. */
	const requests = () =>
		sendBatch.mock.calls.map(([{ topicMessages }]) =>
			topicMessages.map(({ topic, messages }) =>
				[topic, ...messages.map(({ value }) => value.toString())].join(' '),
			),
		);
	return { clock, sendBatch, connect, disconnect, administration, logger, outbox, send, requests };
}

describe('event-outbox', () => {
	it('sends together what comes in one turn, and what comes during a request in the next', async () => {
		const { sendBatch, send, requests, outbox } = setUp();
		let answer: () => void = () => undefined;
		sendBatch.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
		const first = [send('1'), send('2'), send('a', 'other')];
		await vi.waitFor(() => expect(sendBatch).toHaveBeenCalledTimes(1));
		const second = [send('3'), send('4')];
		expect(outbox.waiting()).toBe(5);
		answer();
		await Promise.all([...first, ...second]);
		expect(requests()).toEqual([['topic 1 2', 'other a'], ['topic 3 4']]);
		expect(outbox.waiting()).toBe(0);
	});

	it('keeps the order over a failed request, which a fresh producer repeats', async () => {
		const { clock, sendBatch, connect, disconnect, send, requests } = setUp();
		sendBatch.mockRejectedValueOnce(new Error('connection lost'));
		const stored = [send('1'), send('2')];
		await vi.waitFor(() => expect(clock.pending()).toBe(1));
		stored.push(send('3'));
		clock.advance(250);
		await Promise.all(stored);
		expect(requests()).toEqual([['topic 1 2'], ['topic 1 2 3']]);
		expect(connect).toHaveBeenCalledTimes(2);
		expect(disconnect).toHaveBeenCalledTimes(1);
	});

	it('gives up what has waited too long, and only that', async () => {
		const { clock, sendBatch, send, outbox } = setUp();
		sendBatch.mockRejectedValue(new Error('connection lost'));
		const old = send('old');
		const refused = expect(old).rejects.toMatchObject({ code: 'unavailable' });
		await vi.waitFor(() => expect(clock.pending()).toBe(1));
		clock.advance(4_999);
		const young = send('young');
		await vi.waitFor(() => expect(clock.pending()).toBe(1));
		clock.advance(250);
		await refused;
		expect(outbox.waiting()).toBe(1);
		sendBatch.mockResolvedValue(undefined);
		await vi.waitFor(() => expect(clock.pending()).toBe(1));
		clock.advance(250);
		await young;
	});

	it.each([-3_600_000, 3_600_000])('waits as long when the clock is set by %i ms', async (byMs) => {
		const { clock, sendBatch, send, outbox } = setUp();
		sendBatch.mockRejectedValue(new Error('connection lost'));
		const refused = expect(send('1')).rejects.toMatchObject({ code: 'unavailable' });
		clock.jump(byMs);
		await vi.waitFor(() => expect(clock.pending()).toBe(1));
		clock.advance(4_000);
		await vi.waitFor(() => expect(sendBatch).toHaveBeenCalledTimes(2));
		await vi.waitFor(() => expect(clock.pending()).toBe(1));
		expect(outbox.waiting()).toBe(1);
		clock.advance(1_000);
		await refused;
	});

	it('splits what is too much for one request', async () => {
		const { sendBatch, send } = setUp();
		const half = 'x'.repeat(500_000);
		await Promise.all([send(half), send(half), send(half)]);
		expect(sendBatch).toHaveBeenCalledTimes(3);
	});

	it('bounds what waits', async () => {
		const { sendBatch, send, outbox } = setUp();
		sendBatch.mockReturnValue(new Promise(() => undefined));
		const outcomes = Array.from({ length: 40 }, () =>
			send('x'.repeat(899_000)).catch((error: unknown) => error),
		);
		expect(outbox.waiting()).toBe(37);
		expect(await Promise.all(outcomes.slice(37))).toEqual(
			Array.from({ length: 3 }, () => expect.objectContaining({ code: 'unavailable' }) as Error),
		);
	});

	it('refuses an event that is too large, and any after it has closed', async () => {
		const { send, outbox } = setUp();
		await expect(send('x'.repeat(900_000))).rejects.toMatchObject({ code: 'resource-exhausted' });
		await outbox.close();
		await expect(send('1')).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('closes when what is on its way is stored, and tries nothing twice then', async () => {
		const { sendBatch, send, outbox, disconnect } = setUp();
		let fail: (error: Error) => void = () => undefined;
		sendBatch.mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)));
		const lost = expect(send('1')).rejects.toMatchObject({ code: 'unavailable' });
		await vi.waitFor(() => expect(sendBatch).toHaveBeenCalledTimes(1));
		const closed = outbox.close();
		fail(new Error('connection lost'));
		await lost;
		await closed;
		expect(sendBatch).toHaveBeenCalledTimes(1);
		expect(disconnect).toHaveBeenCalledTimes(1);
	});
});
