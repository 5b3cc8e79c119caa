// Requests and answers over HTTP/1.1.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAll, type ListenerFixture } from './fixture.ts';

export function describeRequests(name: string, { start, rawSocket }: ListenerFixture): void {
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
}
