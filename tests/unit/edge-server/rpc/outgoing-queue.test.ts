import { describe, expect, it } from 'vitest';
import { createOutgoingQueue } from '../../../../edge-server/rpc/outgoing-queue.ts';

describe('createOutgoingQueue', () => {
	it('delivers in order, what came before and after somebody waits', async () => {
		const queue = createOutgoingQueue<string>();
		const received: string[] = [];
		queue.push('one', 3);
		const reading = (async () => {
			for await (const message of queue) received.push(message);
		})();
		await expect.poll(() => received).toEqual(['one']);
		queue.push('two', 3);
		queue.push('three', 5);
		queue.end();
		queue.push('too late', 8);
		await reading;
		expect(received).toEqual(['one', 'two', 'three']);
		expect(queue.bufferedBytes()).toBe(0);
	});

	it('counts a message until the consumer comes back for the next', async () => {
		const queue = createOutgoingQueue<string>();
		queue.push('one', 3);
		queue.push('two', 4);
		expect(queue.bufferedBytes()).toBe(7);
		const iterator = queue[Symbol.asyncIterator]();
		await iterator.next();
		expect(queue.bufferedBytes()).toBe(7);
		await iterator.next();
		expect(queue.bufferedBytes()).toBe(4);
	});

	it('ends with its first error, after what waits', async () => {
		const queue = createOutgoingQueue<string>();
		queue.push('one', 3);
		queue.end(new Error('first'));
		queue.end(new Error('second'));
		const iterator = queue[Symbol.asyncIterator]();
		expect(await iterator.next()).toEqual({ value: 'one', done: false });
		await expect(iterator.next()).rejects.toThrow('first');
	});
});
