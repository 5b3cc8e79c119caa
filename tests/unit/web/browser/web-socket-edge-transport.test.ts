import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import type { Clock, EdgeConnection } from '../../../../peer/ports.ts';
import {
	EdgeFrameSchema,
	PeerFrameSchema,
	PeerMessageSchema,
	PeerWebRTCMessageSchema,
	type EdgeMessage,
	type PeerFrame,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { webSocketEdgeTransport } from '../../../../web/lib/browser/web-socket-edge-transport.ts';
import { createFakeClock } from '../../../support/peer/fake-clock.ts';

let server: WebSocketServer;
let edge: ServerSocket;
let heardByEdge: PeerFrame[];
let heardByPeer: EdgeMessage[];
let closings: Error[];

beforeEach(async () => {
	server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
	await once(server, 'listening');
	heardByEdge = [];
	heardByPeer = [];
	closings = [];
	server.on('connection', (socket) => {
		edge = socket;
		socket.on('message', (frame: Buffer) => heardByEdge.push(fromBinary(PeerFrameSchema, frame)));
	});
});

afterEach(() => {
	for (const client of server.clients) client.terminate();
	server.close();
});

function connect(options: { clock?: Clock; signal?: AbortSignal; port?: number } = {}) {
	// Sockets of a test before may still be closing.
	const [messages, errors] = [heardByPeer, closings];
	const port = options.port ?? (server.address() as AddressInfo).port;
	return webSocketEdgeTransport({
		url: `ws://127.0.0.1:${port}/ws`,
		clock: options.clock ?? createFakeClock(),
	}).connect({
		peerId: 'peer-a',
		onMessage: (message) => messages.push(message),
		onClose: (error) => errors.push(error),
		signal: options.signal ?? new AbortController().signal,
	});
}

function say(frame: MessageInitShape<typeof EdgeFrameSchema>): void {
	edge.send(toBinary(EdgeFrameSchema, create(EdgeFrameSchema, frame)));
}

const heartbeat = (sentAtMs: bigint) => ({
	case: 'message' as const,
	value: { body: { case: 'heartbeat' as const, value: { sentAtMs } } },
});
const step = create(PeerWebRTCMessageSchema, { webrtcSessionId: 's', toPeerId: 'peer-b' });

async function askTwice(connection: EdgeConnection) {
	const asked = [connection.sendWebRtc(step, ''), connection.sendWebRtc(step, '')] as const;
	await expect.poll(() => heardByEdge).toHaveLength(2);
	const [first = 0, second = 0] = heardByEdge.map((frame) => frame.requestId);
	return { asked, first, second };
}

describe('webSocketEdgeTransport', () => {
	it('carries messages both ways, those sent at once included', async () => {
		server.on('connection', () => {
			say({ content: heartbeat(1n) });
			say({ content: heartbeat(2n) });
		});

		const connection = await connect();
		expect(heardByPeer).toEqual([]);
		connection.send(
			create(PeerMessageSchema, { body: { case: 'heartbeat', value: { sentAtMs: 3n } } }),
		);

		await expect.poll(() => heardByPeer).toHaveLength(2);
		expect(heardByPeer.map(({ body }) => body.value)).toMatchObject([
			{ sentAtMs: 1n },
			{ sentAtMs: 2n },
		]);
		await expect.poll(() => heardByEdge).toHaveLength(1);
		expect(heardByEdge[0]).toMatchObject({ requestId: 0, content: { case: 'message' } });
		expect(connection.bufferedBytes()).toBe(0);
	});

	it('joins each WebRTC step to its own answer, whatever their order', async () => {
		const { asked, first, second } = await askTwice(await connect());
		expect(new Set([0, first, second]).size).toBe(3);

		say({ requestId: second, content: { case: 'webrtc', value: { failure: { message: '2nd' } } } });
		say({ requestId: 999, content: { case: 'webrtc', value: {} } });
		say({ requestId: first, content: { case: 'webrtc', value: {} } });

		expect((await asked[0]).failure).toBeUndefined();
		expect((await asked[1]).failure?.message).toBe('2nd');
	});

	it('gives a step up after ten seconds without an answer', async () => {
		const clock = createFakeClock();
		const asked = (await connect({ clock })).sendWebRtc(step, '');
		const refused = expect(asked).rejects.toMatchObject({ code: 'timed-out' });

		await clock.advance(10_000);

		await refused;
		expect(closings).toEqual([]);
	});

	it.each([
		[4409, 'already-exists'],
		[4429, 'resource-exhausted'],
		[1001, 'unavailable'],
	])('tells close code %i as %s, once, and fails what waits', async (closeCode, code) => {
		const connection = await connect();
		const { asked } = await askTwice(connection);
		const refused = asked.map((one) => expect(one).rejects.toMatchObject({ code }));

		edge.close(closeCode, 'a reason');

		await Promise.all(refused);
		expect(closings).toMatchObject([{ code, message: 'a reason' }]);
		await expect(connection.sendWebRtc(step, '')).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('is unavailable when nobody listens', async () => {
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');

		await expect(connect({ port })).rejects.toMatchObject({ code: 'unavailable' });
		expect(closings).toEqual([]);
	});

	it('stops connecting with the reason of the signal', async () => {
		const aborting = new AbortController();
		const connecting = connect({ signal: aborting.signal });

		aborting.abort(new Error('not now'));

		await expect(connecting).rejects.toThrow('not now');
	});

	it.each([
		['bytes that are no frame', Buffer.from([255, 255, 255])],
		['text', 'hello'],
	])('closes as corrupt on %s', async (_, content) => {
		await connect();
		const closedAtEdge = once(edge, 'close');

		edge.send(content);

		await expect.poll(() => closings).toMatchObject([{ code: 'corrupt' }]);
		expect((await closedAtEdge)[0]).toBe(4422);
	});

	it('says nothing of its own close and is silent after it', async () => {
		const connection = await connect();
		say({ content: heartbeat(1n) });
		const closedAtEdge = once(edge, 'close');

		connection.close();

		expect((await closedAtEdge)[0]).toBe(1000);
		expect(closings).toEqual([]);
		expect(heardByPeer).toEqual([]);
	});
});
