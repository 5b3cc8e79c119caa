// What every listener of the browser door must do, on real sockets. Each adapter's test calls it.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket as TcpSocket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type {
	Listener,
	ListenerOptions,
	Socket,
	SocketRoute,
} from '../../edge-server/transport/listener.ts';
import { makeCertificate, type Certificate } from '../support/certificate.ts';

type Open = (options: ListenerOptions) => Promise<Listener>;

/** The server's end of a socket, with everything it was told. */
interface Accepted {
	readonly socket: Socket;
	readonly messages: (Uint8Array | string)[];
	drains: number;
	closes: number;
}

export function listenerContract(name: string, open: Open): void {
	const cleanups: (() => unknown)[] = [];
	afterEach(async () => {
		for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
	});

	async function start(options: Partial<ListenerOptions> = {}, route: Partial<SocketRoute> = {}) {
		const accepted: Accepted[] = [];
		const errors: unknown[] = [];
		const listener = await open({
			host: '127.0.0.1',
			port: 0,
			maxBodyBytes: 1024,
			fetch: async () => new Response('hello'),
			onError: (error) => errors.push(error),
			sockets: {
				'/ws': {
					maxPayloadBytes: 4096,
					maxBufferedBytes: 256 * 1024,
					idleTimeoutMs: 60_000,
					decide: () => ({
						kind: 'accept',
						open(socket) {
							const entry: Accepted = { socket, messages: [], drains: 0, closes: 0 };
							accepted.push(entry);
							return {
								message: (content) => entry.messages.push(content),
								drain: () => (entry.drains += 1),
								closed: () => (entry.closes += 1),
							};
						},
					}),
					...route,
				},
			},
			...options,
		});
		cleanups.push(() => listener.close(200));
		const origin = `http://127.0.0.1:${listener.port}`;
		return { listener, accepted, errors, origin, wsUrl: `ws://127.0.0.1:${listener.port}/ws` };
	}

	async function dial(url: string, options: { ca?: string } = {}): Promise<WebSocket> {
		const client = new WebSocket(url, options);
		cleanups.push(() => {
			client.terminate();
		});
		await once(client, 'open');
		return client;
	}

	/** A raw connection that has sent `text` and reads nothing unless told to. */
	async function rawSocket(port: number, text: string): Promise<TcpSocket> {
		const socket = connect({ host: '127.0.0.1', port });
		cleanups.push(() => socket.destroy());
		socket.on('error', () => undefined);
		await once(socket, 'connect');
		socket.write(text);
		return socket;
	}

	async function readAll(socket: TcpSocket): Promise<string> {
		let text = '';
		socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
		await Promise.race([once(socket, 'close'), sleep(1500)]);
		return text;
	}

	const handshake =
		'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
		'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

	describe(`${name}: HTTP`, () => {
		it('hands over method, url, headers, body and the remote address', async () => {
			const { origin } = await start({
				fetch: async (request, context) =>
					Response.json({
						method: request.method,
						url: request.url,
						header: request.headers.get('x-one'),
						body: await request.text(),
						remoteAddress: context.remoteAddress,
					}),
			});
			const response = await fetch(`${origin}/a%20b?c=d&e`, {
				method: 'POST',
				headers: { 'X-One': '1' },
				body: 'text',
			});
			expect(await response.json()).toEqual({
				method: 'POST',
				url: `${origin}/a%20b?c=d&e`,
				header: '1',
				body: 'text',
				remoteAddress: '127.0.0.1',
			});
		});

		it('sends status, several cookies and no body to HEAD, 204 and 304', async () => {
			const { origin } = await start({
				fetch: async (request) => {
					if (request.url.endsWith('/304')) return new Response(null, { status: 304 });
					if (request.url.endsWith('/204')) return new Response(null, { status: 204 });
					const headers = new Headers({ 'content-length': '5' });
					headers.append('set-cookie', 'a=1');
					headers.append('set-cookie', 'b=2');
					return new Response('hello', { status: 201, headers });
				},
			});
			const got = await fetch(origin);
			expect(got.status).toBe(201);
			expect(got.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
			expect(await got.text()).toBe('hello');
			const head = await fetch(origin, { method: 'HEAD' });
			expect(head.headers.get('content-length')).toBe('5');
			expect(await head.text()).toBe('');
			expect((await fetch(`${origin}/304`)).status).toBe(304);
			expect((await fetch(`${origin}/204`)).status).toBe(204);
		});

		it.each([true, false])('streams a large body whole (known length: %s)', async (isMeasured) => {
			const chunk = new Uint8Array(100_000).fill(7);
			let left = 50;
			const { origin } = await start({
				fetch: async () =>
					new Response(
						new ReadableStream({
							pull(controller) {
								if (left === 0) controller.close();
								else controller.enqueue(chunk.slice());
								left -= 1;
							},
						}),
						{ headers: isMeasured ? { 'content-length': '5000000' } : {} },
					),
			});
			const bytes = new Uint8Array(await (await fetch(origin)).arrayBuffer());
			expect(bytes.length).toBe(5_000_000);
			expect(bytes.every((byte) => byte === 7)).toBe(true);
		});

		it('does not read a body faster than its reader, and cancels it when the reader leaves', async () => {
			let pulledBytes = 0;
			let cancelled = 0;
			let signal: AbortSignal | undefined;
			const { listener } = await start({
				fetch: async (request) => {
					signal = request.signal;
					return new Response(
						new ReadableStream({
							pull(controller) {
								pulledBytes += 65_536;
								controller.enqueue(new Uint8Array(65_536));
							},
							cancel() {
								cancelled += 1;
							},
						}),
					);
				},
			});
			const client = await rawSocket(listener.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
			await sleep(400);
			const pulledOnce = pulledBytes;
			await sleep(300);
			// What the kernel's two buffers take, and not a byte more later.
			expect(pulledOnce).toBeLessThan(16 * 1024 * 1024);
			expect(pulledBytes).toBe(pulledOnce);
			client.destroy();
			await expect.poll(() => cancelled).toBe(1);
			expect(signal?.aborted).toBe(true);
		});

		it('aborts a handler whose client went away', async () => {
			let aborted = 0;
			const { listener, origin } = await start({
				fetch: (request) =>
					request.url.endsWith('/wait')
						? new Promise((_resolve, reject) => {
								request.signal.addEventListener('abort', () => {
									aborted += 1;
									reject(new Error('gone'));
								});
							})
						: Promise.resolve(new Response('fine')),
			});
			const client = await rawSocket(listener.port, 'GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
			await sleep(50);
			client.destroy();
			await expect.poll(() => aborted).toBe(1);
			expect(await (await fetch(origin)).text()).toBe('fine');
		});

		it('refuses a body over the limit, with and without a declared length', async () => {
			let calls = 0;
			const { origin, listener } = await start({
				fetch: async (request) => {
					calls += 1;
					return new Response(String((await request.arrayBuffer()).byteLength));
				},
			});
			const declared = await fetch(origin, { method: 'POST', body: new Uint8Array(1025) });
			expect(declared.status).toBe(413);
			const chunk = `200\r\n${'a'.repeat(512)}\r\n`;
			const client = await rawSocket(
				listener.port,
				`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}${chunk}0\r\n\r\n`,
			);
			expect(await readAll(client)).toMatch(/^HTTP\/1\.1 413 /);
			expect(calls).toBe(0);
			const allowed = await fetch(origin, { method: 'POST', body: new Uint8Array(1024) });
			expect(await allowed.text()).toBe('1024');
		});

		it('answers 500 for a handler that throws, reports it and goes on', async () => {
			const { origin, errors } = await start({
				fetch: () => Promise.reject(new Error('a defect with a secret')),
			});
			const response = await fetch(origin);
			expect(response.status).toBe(500);
			expect(await response.text()).not.toContain('secret');
			expect(errors).toHaveLength(1);
			expect((await fetch(origin)).status).toBe(500);
		});

		it.each([
			['a foreign absolute target', 'GET http://evil.example/x HTTP/1.1\r\nHost: x\r\n\r\n'],
			['a Host with a path', 'GET / HTTP/1.1\r\nHost: x/../y\r\n\r\n'],
			['a Host with a user', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
			['no request at all', '\x16\x03\x01\x00\xa5 garbage\r\n\r\n'],
			['a huge header', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`],
		])('answers %s with an error or a closed connection', async (_what, text) => {
			let calls = 0;
			const { listener, origin } = await start({
				fetch: async () => {
					calls += 1;
					return new Response('fine');
				},
			});
			const answer = await readAll(await rawSocket(listener.port, text));
			expect(answer).toMatch(/^(HTTP\/1\.1 (4\d\d|505) |$)/);
			expect(calls).toBe(0);
			expect(await (await fetch(origin)).text()).toBe('fine');
		});

		it('answers an upgrade nobody waits for as an ordinary request', async () => {
			const { listener } = await start();
			const request = httpRequest({
				port: listener.port,
				headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AA' },
			});
			request.end();
			const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
			expect(response).toMatchObject({ statusCode: 200 });
			response.resume();
		});

		it('refuses to share its port', async () => {
			const { listener } = await start();
			await expect(start({ port: listener.port })).rejects.toThrow();
		});
	});

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

	describe(`${name}: TLS`, () => {
		let certificate: Certificate;
		beforeAll(async () => {
			certificate = await makeCertificate();
		});

		it('serves https and wss with the certificate it is given', async () => {
			const { listener, accepted } = await start({
				tls: certificate,
				fetch: async (request) => new Response(new URL(request.url).protocol),
			});
			const request = httpsRequest({
				host: 'localhost',
				family: 4,
				port: listener.port,
				ca: certificate.pem,
			});
			request.end();
			const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
			expect(await readText(response)).toBe('https:');
			const client = await dial(`wss://localhost:${listener.port}/ws`, { ca: certificate.pem });
			client.send(new Uint8Array([9]));
			await expect.poll(() => accepted[0]?.messages.length).toBe(1);
		});

		it('names a certificate that is not there', async () => {
			await expect(
				start({ tls: { certFile: '/nowhere/cert.pem', keyFile: certificate.keyFile } }),
			).rejects.toThrow('/nowhere/cert.pem');
		});
	});

	describe(`${name}: close`, () => {
		it('says goodbye to sockets, lets a response end and takes nobody new', async () => {
			let finish: (() => void) | undefined;
			const { listener, accepted, origin, wsUrl } = await start({
				fetch: () =>
					new Promise((resolve) => {
						finish = () => {
							resolve(new Response('in time'));
						};
					}),
			});
			const client = await dial(wsUrl);
			const answer = fetch(origin);
			await expect.poll(() => finish).toBeDefined();
			const closing = listener.close(2_000);
			const [code] = (await once(client, 'close')) as [number];
			expect(code).toBe(1001);
			finish?.();
			expect(await (await answer).text()).toBe('in time');
			await closing;
			await expect.poll(() => accepted[0]?.closes).toBe(1);
			await expect(fetch(origin)).rejects.toThrow();
		});

		it('cuts what does not end within the grace', async () => {
			const { listener, accepted, origin } = await start({
				fetch: () => new Promise(() => undefined),
			});
			const deaf = await rawSocket(listener.port, handshake);
			deaf.pause();
			const answer = fetch(origin).then(
				() => 'answered',
				() => 'cut',
			);
			await expect.poll(() => accepted.length).toBe(1);
			await sleep(50);
			const startMs = performance.now();
			await listener.close(300);
			expect(performance.now() - startMs).toBeLessThan(1_500);
			expect(await answer).toBe('cut');
			await expect.poll(() => accepted[0]?.closes).toBe(1);
		});
	});
}
