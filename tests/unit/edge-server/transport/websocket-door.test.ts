import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openUwsListener } from '../../../../edge-server/transport/uws-listener.ts';
import {
	createWebSocketDoor,
	type WebSocketDoorOptions,
} from '../../../../edge-server/transport/websocket-door.ts';
import { openWsListener } from '../../../../edge-server/transport/ws-listener.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	EdgeFrameSchema,
	EdgeMessageSchema,
	PeerFrameSchema,
	type EdgeFrame,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxFrameBytes } from '../../../../proto/limits.ts';
import { createRecordingPeerDoor } from '../../../support/recording-peer-door.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each([
	['uws', openUwsListener],
	['ws', openWsListener],
])('createWebSocketDoor on %s', (_name, openListener) => {
	async function start(options: Partial<WebSocketDoorOptions> = {}) {
		const peers = createRecordingPeerDoor();
		const bytes = { in: 0, out: 0 };
		const listener = await openListener({
			host: '127.0.0.1',
			port: 0,
			maxBodyBytes: 1024,
			fetch: async () => new Response('page'),
			onError: (error) => expect.unreachable(String(error)),
			sockets: {
				'/ws': createWebSocketDoor({
					peers,
					allowedOrigins: [],
					maxConnectionsPerAddress: 10,
					idleTimeoutMs: 60_000,
					countBytes: (direction, sizeBytes) => (bytes[direction] += sizeBytes),
					...options,
				}),
			},
		});
		cleanups.push(() => listener.close(200));
		return { peers, bytes, url: `ws://127.0.0.1:${listener.port}/ws`, port: listener.port };
	}

	async function dial(url: string, origin?: string) {
		const client = new WebSocket(url, origin === undefined ? {} : { origin });
		cleanups.push(() => {
			client.terminate();
		});
		const frames: EdgeFrame[] = [];
		client.on('message', (content: Buffer) => frames.push(fromBinary(EdgeFrameSchema, content)));
		client.on('error', () => undefined);
		await once(client, 'open');
		return { client, frames };
	}

	/** The status an upgrade is refused with, or 101. */
	async function knock(url: string, origin?: string): Promise<number> {
		const client = new WebSocket(url, origin === undefined ? {} : { origin });
		cleanups.push(() => {
			client.terminate();
		});
		client.on('error', () => undefined);
		return Promise.race([
			once(client, 'open').then(() => 101),
			once(client, 'unexpected-response').then(
				([, response]) => (response as { statusCode: number }).statusCode,
			),
		]);
	}

	const heartbeat = toBinary(
		PeerFrameSchema,
		create(PeerFrameSchema, {
			content: { case: 'message', value: { body: { case: 'heartbeat', value: { sentAtMs: 5n } } } },
		}),
	);

	it('carries messages both ways and counts their bytes', async () => {
		const { peers, bytes, url } = await start();
		const { client, frames } = await dial(url);
		client.send(heartbeat);
		await expect.poll(() => peers.streams[0]?.messages.length).toBe(1);
		const [peer] = peers.streams;
		expect(peer!.stream).toMatchObject({ door: 'websocket', remoteAddress: '127.0.0.1' });
		expect(peer!.stream.claimedPeerId).toBeUndefined();
		expect(peer!.messages[0]!.body).toMatchObject({ case: 'heartbeat', value: { sentAtMs: 5n } });
		peer!.stream.send(
			create(EdgeMessageSchema, { body: { case: 'drain', value: { reconnectAfterMs: 7 } } }),
		);
		await expect.poll(() => frames.length).toBe(1);
		expect(frames[0]!.requestId).toBe(0);
		expect(frames[0]!.content.value).toMatchObject({
			body: { case: 'drain', value: { reconnectAfterMs: 7 } },
		});
		expect(bytes.in).toBe(heartbeat.length);
		expect(bytes.out).toBeGreaterThan(0);
	});

	it('answers WebRTC steps under their request ids, failures too', async () => {
		const { peers, url } = await start();
		const { client, frames } = await dial(url);
		const step = (requestId: number) =>
			toBinary(
				PeerFrameSchema,
				create(PeerFrameSchema, {
					requestId,
					content: { case: 'webrtc', value: { toPeerId: 'someone' } },
				}),
			);
		client.send(step(1));
		await expect.poll(() => frames.length).toBe(1);
		peers.answer = () => Promise.reject(new GiggityflixError('not-found', 'nobody'));
		client.send(step(2));
		await expect.poll(() => frames.length).toBe(2);
		peers.answer = () => Promise.reject(new Error('a secret of the server'));
		client.send(step(3));
		await expect.poll(() => frames.length).toBe(3);
		expect(peers.streams[0]!.webRtc.map((message) => message.toPeerId)).toEqual([
			'someone',
			'someone',
			'someone',
		]);
		expect(frames.map((frame) => frame.requestId)).toEqual([1, 2, 3]);
		const failures = frames.map((frame) =>
			frame.content.case === 'webrtc' ? frame.content.value.failure : 'not an answer',
		);
		expect(failures[0]).toBeUndefined();
		expect(failures[1]).toMatchObject({ code: ErrorCode.NOT_FOUND, message: 'nobody' });
		expect(failures[2]).toMatchObject({ code: ErrorCode.INTERNAL, message: 'internal error' });
	});

	it.each([
		['garbage', Buffer.from([0xff, 0xff, 0xff, 0xff]), 'invalid-argument'],
		['a frame cut short', heartbeat.subarray(0, heartbeat.length - 1), 'invalid-argument'],
		['an empty frame', new Uint8Array(0), 'invalid-argument'],
		['a text frame', 'hello', 'invalid-argument'],
		['a frame over the limit', new Uint8Array(maxFrameBytes + 1), 'resource-exhausted'],
	] as const)(
		'refuses %s with a close code of ours, other peers unaffected',
		async (_what, content, code) => {
			const { peers, url } = await start();
			const [good, bad] = [await dial(url), await dial(url)];
			const closed = once(bad.client, 'close');
			bad.client.send(content);
			const [closeCode, reason] = (await closed) as [number, Buffer];
			expect(GiggityflixError.codeOfClose(closeCode)).toBe(code);
			expect(reason.toString()).toBe(code);
			await expect.poll(() => peers.streams[1]?.closes).toBe(1);
			expect(peers.streams[1]!.messages).toEqual([]);
			good.client.send(heartbeat);
			await expect.poll(() => peers.streams[0]?.messages.length).toBe(1);
		},
	);

	it('cuts a frame far over the limit without handing it over', async () => {
		const { peers, url } = await start();
		const { client } = await dial(url);
		client.send(new Uint8Array(3 * maxFrameBytes));
		await once(client, 'close');
		await expect.poll(() => peers.streams[0]?.closes).toBe(1);
		expect(peers.streams[0]!.malformed).toEqual([]);
	});

	it('opens for its own page and for allowed ones, and for no other origin', async () => {
		const { peers, url, port } = await start({ allowedOrigins: ['https://films.example'] });
		expect(await knock(url, `http://127.0.0.1:${port}`)).toBe(101);
		expect(await knock(url, 'https://films.example')).toBe(101);
		expect(await knock(url)).toBe(101);
		for (const origin of [
			`https://127.0.0.1:${port}`,
			`http://127.0.0.1:${port + 1}`,
			`http://localhost:${port}`,
			'http://films.example',
			'https://films.example.evil.example',
			'null',
		]) {
			expect(await knock(url, origin)).toBe(403);
		}
		expect(peers.streams).toHaveLength(3);
	});

	it('holds a flood from one address at its limit and recovers', async () => {
		const { peers, url } = await start({ maxConnectionsPerAddress: 3 });
		const knocks = await Promise.all(Array.from({ length: 20 }, () => knock(url)));
		expect(knocks.filter((status) => status === 101)).toHaveLength(3);
		expect(knocks.filter((status) => status === 429)).toHaveLength(17);
		peers.streams[0]!.stream.close();
		await expect.poll(() => peers.streams[0]!.closes).toBe(1);
		expect(await knock(url)).toBe(101);
	});

	it('does not count handshakes that fail', async () => {
		const { url, port } = await start({ maxConnectionsPerAddress: 1 });
		for (let round = 0; round < 3; round += 1) {
			const socket = connect(port, '127.0.0.1');
			socket.write(
				'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
					'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: no key\r\n\r\n',
			);
			await once(socket, 'data');
			socket.destroy();
			await once(socket, 'close');
		}
		await expect.poll(() => knock(url)).toBe(101);
	});

	it('closes normally without an error and with its code otherwise', async () => {
		const { peers, url } = await start();
		const [one, other] = [await dial(url), await dial(url)];
		await expect.poll(() => peers.streams.length).toBe(2);
		const closes = Promise.all([once(one.client, 'close'), once(other.client, 'close')]);
		peers.streams[0]!.stream.close();
		peers.streams[1]!.stream.close(new GiggityflixError('already-exists', 'held elsewhere'));
		const codes = (await closes).map(([code]) => code as number);
		expect(codes).toEqual([1000, 4409]);
	});
});
