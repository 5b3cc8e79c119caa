// WebSockets: what they carry, whom they refuse, and clients that break the rules or never read.
import { once } from 'node:events';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { handshake, type ListenerFixture } from './fixture.ts';

export function describeSockets(name: string, { start, dial, rawSocket }: ListenerFixture): void {
	describe(`${name}: WebSocket`, () => {
		it('carries binary and text both ways, in order', async () => {
			const { accepted, wsUrl } = await start();
			const client = await dial(wsUrl);
			const received: (Buffer | string)[] = [];
			client.on('message', (content: Buffer, isBinary) =>
				received.push(isBinary ? content : content.toString()),
			);
			client.send(new Uint8Array([1, 2, 3]));
			client.send('text ✓');
			await expect.poll(() => accepted[0]?.messages.length).toBe(2);
			const [entry] = accepted;
			expect([...(entry!.messages[0] as Uint8Array)]).toEqual([1, 2, 3]);
			expect(entry!.messages[1]).toBe('text ✓');
			entry!.socket.send(new Uint8Array([4, 5]));
			entry!.socket.send('back');
			await expect.poll(() => received.length).toBe(2);
			expect(received).toEqual([Buffer.from([4, 5]), 'back']);
		});

		it('hands over text as one character a byte where the route asks for it', async () => {
			const { accepted, wsUrl } = await start({}, { textEncoding: 'latin1' });
			const client = await dial(wsUrl);
			client.send('text ✓');
			await expect.poll(() => accepted[0]?.messages).toEqual(['text â\x9c\x93']);
			accepted[0]!.socket.send('text â\x9c\x93');
			expect(await once(client, 'message')).toEqual([Buffer.from('text ✓'), false]);
		});

		it('shows the decision the headers, and refuses with its status', async () => {
			const { wsUrl, accepted } = await start(
				{},
				{
					decide: ({ headers, remoteAddress, isSecure }) => ({
						kind: 'refuse',
						status: 403,
						reason: `${headers.get('origin')} ${remoteAddress} ${isSecure}`,
					}),
				},
			);
			const client = new WebSocket(wsUrl, { origin: 'https://evil.example' });
			const [, response] = (await once(client, 'unexpected-response')) as [
				unknown,
				NodeJS.ReadableStream,
			];
			const headers = { 'x-content-type-options': 'nosniff' };
			expect(response).toMatchObject({ statusCode: 403, headers });
			expect((await readText(response)).trim()).toBe('https://evil.example 127.0.0.1 false');
			expect(accepted).toHaveLength(0);
		});

		it('does not open a socket on another path', async () => {
			const { origin } = await start();
			const client = new WebSocket(`${origin.replace('http', 'ws')}/other`);
			client.on('error', () => undefined);
			const [, response] = (await once(client, 'unexpected-response')) as [
				unknown,
				{ statusCode: number },
			];
			expect(response.statusCode).toBe(200);
		});

		it('closes with a code and a reason that fits, and tells the owner once', async () => {
			const { accepted, wsUrl } = await start();
			const client = await dial(wsUrl);
			await expect.poll(() => accepted.length).toBe(1);
			const [entry] = accepted;
			entry!.socket.close(4403, 'é'.repeat(100));
			expect(entry!.closes).toBe(0);
			const [code, reason] = (await once(client, 'close')) as [number, Buffer];
			expect(code).toBe(4403);
			expect(reason.toString()).toBe('é'.repeat(61));
			await expect.poll(() => entry!.closes).toBe(1);
			entry!.socket.send('too late');
			entry!.socket.close(1000, 'twice');
			await sleep(20);
			expect(entry!.closes).toBe(1);
		});

		it.each(['close', 'terminate'] as const)(
			'tells the owner of a client that %ss',
			async (how) => {
				const { accepted, wsUrl } = await start();
				const client = await dial(wsUrl);
				client[how]();
				await expect.poll(() => accepted[0]?.closes).toBe(1);
			},
		);

		it('cuts a client that sends too much at once, and only that one', async () => {
			const { accepted, wsUrl } = await start();
			const [good, bad] = [await dial(wsUrl), await dial(wsUrl)];
			bad.on('error', () => undefined);
			bad.send(new Uint8Array(4097));
			await once(bad, 'close');
			await expect.poll(() => accepted[1]?.closes).toBe(1);
			expect(accepted[1]?.messages).toEqual([]);
			good.send(new Uint8Array(4096));
			await expect.poll(() => accepted[0]?.messages.length).toBe(1);
		});

		it('cuts a client that breaks the protocol', async () => {
			const { accepted, listener } = await start();
			const client = await rawSocket(listener.port, handshake);
			await expect.poll(() => accepted.length).toBe(1);
			client.resume();
			// A frame with reserved bits that nobody negotiated.
			client.write(Buffer.from([0xf2, 0x81, 0, 0, 0, 0, 1]));
			await expect.poll(() => accepted[0]?.closes).toBe(1);
		});

		it('cuts a client that never reads before it costs memory', async () => {
			const { accepted, listener } = await start();
			const client = await rawSocket(listener.port, handshake);
			client.pause();
			await expect.poll(() => accepted.length).toBe(1);
			const [entry] = accepted;
			let sentBytes = 0;
			let mostBuffered = 0;
			while (entry!.closes === 0 && sentBytes < 64 * 1024 * 1024) {
				entry!.socket.send(new Uint8Array(32 * 1024));
				sentBytes += 32 * 1024;
				mostBuffered = Math.max(mostBuffered, entry!.socket.bufferedBytes());
				await sleep(0);
			}
			expect(entry!.closes).toBe(1);
			expect(mostBuffered).toBeGreaterThan(0);
			expect(mostBuffered).toBeLessThanOrEqual(256 * 1024 + 64);
		});

		it('answers pings without keeping the answers for a client that never reads', async () => {
			const { accepted, listener } = await start();
			const client = await rawSocket(listener.port, handshake);
			client.pause();
			await expect.poll(() => accepted.length).toBe(1);
			const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
			const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
			for (let round = 0; round < 150; round += 1) {
				client.write(pings);
				await sleep(0);
			}
			await sleep(300);
			expect(accepted[0]!.socket.bufferedBytes()).toBeLessThanOrEqual(256 * 1024 + 1024);
		});

		it('says when what was buffered has gone out', async () => {
			const { accepted, listener } = await start({}, { maxBufferedBytes: 32 * 1024 * 1024 });
			const client = await rawSocket(listener.port, handshake);
			client.pause();
			await expect.poll(() => accepted.length).toBe(1);
			const [entry] = accepted;
			// The kernel's buffers have to be full first.
			for (let round = 0; entry!.socket.bufferedBytes() < 1024 * 1024; round += 1) {
				expect(round).toBeLessThan(1000);
				entry!.socket.send(new Uint8Array(64 * 1024));
				await sleep(0);
			}
			const drainsBefore = entry!.drains;
			client.resume();
			await expect.poll(() => entry!.socket.bufferedBytes()).toBe(0);
			expect(entry!.drains).toBeGreaterThan(drainsBefore);
		});

		it('cuts a client from which nothing comes, and keeps one that answers pings', async () => {
			const { accepted, wsUrl, listener } = await start({}, { idleTimeoutMs: 8_000 });
			const silent = await rawSocket(listener.port, handshake);
			silent.resume();
			await dial(wsUrl);
			await expect.poll(() => accepted[0]?.closes, { timeout: 16_000, interval: 100 }).toBe(1);
			expect(accepted[1]?.closes).toBe(0);
		});
	});
}
