import { create } from '@bufbuild/protobuf';
import { createClient, ConnectError, Code } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createErrorInterceptor } from '../../../doors/error-interceptor.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	EdgeMessageSchema,
	PeerEdgeService,
	PeerMessageSchema,
	type EdgeMessage,
	type PeerMessage,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { Health } from '../../../proto/gen/grpc/health/v1/health_pb.js';
import { maxFrameBytes } from '../../../proto/limits.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { grpcDoorFixture } from '../../support/grpc-door.ts';

const root = resolve(import.meta.dirname, '../../..');
const { start, cleanups } = grpcDoorFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const heartbeat = (sentAtMs: bigint): PeerMessage =>
	create(PeerMessageSchema, { body: { case: 'heartbeat', value: { sentAtMs } } });
const drain = (reconnectAfterMs: number, padding = 0): EdgeMessage =>
	padding === 0
		? create(EdgeMessageSchema, { body: { case: 'drain', value: { reconnectAfterMs } } })
		: create(EdgeMessageSchema, {
				body: { case: 'challenge', value: { nonce: new Uint8Array(padding) } },
			});

/** Says what the test tells it to, until it is told to stop. */
function speaker() {
	const said: PeerMessage[] = [];
	let isDone = false;
	return {
		say: (message: PeerMessage) => said.push(message),
		stop: () => (isDone = true),
		async *messages() {
			while (!isDone) {
				const next = said.shift();
				if (next === undefined) await sleep(5);
				else yield next;
			}
		},
	};
}

describe('AsyncOperations with a Connect client', () => {
	function open(
		transport: ReturnType<typeof createGrpcTransport>,
		peerId: string | null = 'peer-1',
	) {
		const mouth = speaker();
		const abort = new AbortController();
		cleanups.push(() => {
			abort.abort();
			mouth.stop();
		});
		const headers: Record<string, string> = peerId === null ? {} : { peer_id: peerId };
		const stream = createClient(PeerEdgeService, transport).asyncOperations(mouth.messages(), {
			headers,
			signal: abort.signal,
		});
		const received: EdgeMessage[] = [];
		const ended = (async () => {
			for await (const message of stream) received.push(message);
		})().then(
			() => undefined,
			(error: unknown) => ConnectError.from(error),
		);
		return { mouth, abort, received, ended };
	}

	it('opens a stream under its peer id and carries messages both ways', async () => {
		const { peers, transport } = await start();
		const { mouth, received, ended } = open(transport);
		mouth.say(heartbeat(1n));
		await expect.poll(() => peers.streams[0]?.messages.length).toBe(1);
		const { stream, messages } = peers.streams[0]!;
		expect(stream).toMatchObject({
			door: 'grpc',
			claimedPeerId: 'peer-1',
			remoteAddress: '127.0.0.1',
		});
		expect(messages[0]!.body).toMatchObject({ case: 'heartbeat', value: { sentAtMs: 1n } });
		stream.send(drain(7));
		await expect.poll(() => received.length).toBe(1);
		expect(received[0]!.body).toMatchObject({ case: 'drain', value: { reconnectAfterMs: 7 } });
		mouth.stop();
		expect(await ended).toBeUndefined();
		await expect.poll(() => peers.streams[0]!.closes).toBe(1);
	});

	it('speaks first', async () => {
		const { peers, transport } = await start();
		const { received } = open(transport);
		await expect.poll(() => peers.streams.length).toBe(1);
		peers.streams[0]!.stream.send(drain(1));
		await expect.poll(() => received.length).toBe(1);
	});

	it.each([
		['no peer id', null, Code.Unauthenticated],
		['a malformed one', 'a/b', Code.InvalidArgument],
	])('refuses %s', async (_what, peerId, code) => {
		const { peers, transport } = await start();
		const { mouth, ended } = open(transport, peerId);
		mouth.say(heartbeat(1n));
		expect((await ended)?.code).toBe(code);
		expect(peers.streams).toHaveLength(0);
	});

	it('ends a stream with the status of the error, after what was sent before', async () => {
		const { peers, transport } = await start();
		const { received, ended } = open(transport);
		await expect.poll(() => peers.streams.length).toBe(1);
		const { stream } = peers.streams[0]!;
		stream.send(drain(1));
		stream.close(new GiggityflixError('already-exists', 'held elsewhere'));
		stream.send(drain(2));
		const error = await ended;
		expect(error?.code).toBe(Code.AlreadyExists);
		expect(error?.rawMessage).toBe('held elsewhere');
		expect(received).toHaveLength(1);
		await expect.poll(() => peers.streams[0]!.closes).toBe(1);
	});

	it('tells the rules once of a peer that breaks off, others unaffected', async () => {
		const { peers, transport } = await start();
		const [good, bad] = [open(transport), open(transport, 'peer-2')];
		await expect.poll(() => peers.streams.length).toBe(2);
		bad.abort.abort();
		await expect.poll(() => peers.streams.map(({ closes }) => closes).sort()).toEqual([0, 1]);
		good.mouth.say(heartbeat(1n));
		await expect.poll(() => peers.streams.flatMap(({ messages }) => messages).length).toBe(1);
	});

	it('reads a peer no faster than its messages are handled', async () => {
		const { peers, transport } = await start();
		let letGo: () => void = () => undefined;
		peers.beforeNext = () =>
			new Promise((resolve) => {
				letGo = resolve;
			});
		const { mouth } = open(transport);
		for (let count = 0; count < 3; count += 1) mouth.say(heartbeat(BigInt(count)));
		await sleep(150);
		expect(peers.streams[0]!.messages).toHaveLength(1);
		letGo();
		await expect.poll(() => peers.streams[0]!.messages.length).toBe(2);
	});

	it('refuses a message over the limit as too large', async () => {
		const { peers, transport } = await start();
		const { mouth, ended } = open(transport);
		const image = new Uint8Array(maxFrameBytes + 1);
		mouth.say(create(PeerMessageSchema, { body: { case: 'poster', value: { image } } }));
		expect((await ended)?.code).toBe(Code.ResourceExhausted);
		expect(peers.streams[0]!.malformed[0]!.code).toBe('resource-exhausted');
	});

	it('refuses bytes that are no message as malformed', async () => {
		const { peers, door } = await start();
		const session = connectHttp2(`http://127.0.0.1:${door.port}`);
		cleanups.push(() => {
			session.destroy();
		});
		const stream = session.request({
			':method': 'POST',
			':path': '/giggityflix.v1.PeerEdgeService/AsyncOperations',
			'content-type': 'application/grpc',
			te: 'trailers',
			peer_id: 'peer-1',
		});
		let status: string | undefined;
		const readStatus = (headers: IncomingHttpHeaders): void => {
			status ??= headers['grpc-status']?.toString();
		};
		stream.on('response', readStatus).on('trailers', readStatus);
		stream.resume();
		stream.write(Buffer.from([0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff]));
		await expect.poll(() => status).toBe(String(Code.InvalidArgument));
		expect(peers.streams[0]!.malformed).toHaveLength(1);
	});

	it('cuts a peer that never reads before it costs memory', async () => {
		const { peers, door } = await start();
		const session = connectHttp2(`http://127.0.0.1:${door.port}`);
		session.on('error', () => undefined);
		cleanups.push(() => {
			session.destroy();
		});
		const call = session.request({
			':method': 'POST',
			':path': '/giggityflix.v1.PeerEdgeService/AsyncOperations',
			'content-type': 'application/grpc',
			te: 'trailers',
			peer_id: 'peer-1',
		});
		call.on('error', () => undefined);
		call.pause();
		await expect.poll(() => peers.streams.length).toBe(1);
		const { stream } = peers.streams[0]!;
		let mostBuffered = 0;
		for (let round = 0; round < 200 && peers.streams[0]!.closes === 0; round += 1) {
			stream.send(drain(0, 64 * 1024));
			mostBuffered = Math.max(mostBuffered, stream.bufferedBytes());
			await sleep(1);
		}
		await expect.poll(() => peers.streams[0]!.closes).toBe(1);
		expect(mostBuffered).toBeLessThan(3 * 1024 * 1024);
	});

	it('cuts a peer that does not read the end of its stream', async () => {
		const { peers, door } = await start();
		const session = connectHttp2(`http://127.0.0.1:${door.port}`);
		session.on('error', () => undefined);
		cleanups.push(() => {
			session.destroy();
		});
		const call = session.request({
			':method': 'POST',
			':path': '/giggityflix.v1.PeerEdgeService/AsyncOperations',
			'content-type': 'application/grpc',
			te: 'trailers',
			peer_id: 'peer-1',
		});
		call.on('error', () => undefined);
		call.pause();
		await expect.poll(() => peers.streams.length).toBe(1);
		const { stream } = peers.streams[0]!;
		for (let round = 0; round < 10; round += 1) stream.send(drain(0, 64 * 1024));
		stream.close();
		await expect.poll(() => peers.streams[0]!.closes, { timeout: 5_000 }).toBe(1);
	});
});

describe('WebRTCOperations', () => {
	it('names the caller by metadata and answers with its code', async () => {
		const { peers, transport } = await start();
		const client = createClient(PeerEdgeService, transport);
		const headers = { peer_id: 'peer-1', session_token: 'token' };
		await client.webRTCOperations({ toPeerId: 'peer-2' }, { headers });
		expect(peers.calls[0]).toMatchObject({
			caller: { peerId: 'peer-1', sessionToken: 'token' },
			message: { toPeerId: 'peer-2' },
		});
		await expect(
			client.webRTCOperations({}, { headers: { peer_id: 'peer-1' } }),
		).rejects.toMatchObject({ code: Code.Unauthenticated });
		peers.answer = () => Promise.reject(new GiggityflixError('not-found', 'nobody'));
		await expect(client.webRTCOperations({}, { headers })).rejects.toMatchObject({
			code: Code.NotFound,
		});
	});

	it('keeps the text of a defect at home and logs it', async () => {
		const { peers, transport, logged } = await start();
		peers.answer = () => Promise.reject(new Error('a secret of the server'));
		const headers = { peer_id: 'peer-1', session_token: 'token' };
		const call = createClient(PeerEdgeService, transport).webRTCOperations({}, { headers });
		await expect(call).rejects.toMatchObject({ code: Code.Internal, rawMessage: 'internal error' });
		expect(logged).toEqual(['a call failed']);
	});
});

describe('with @grpc/grpc-js', () => {
	interface LoadedClient extends grpc.Client {
		asyncOperations(metadata: grpc.Metadata): grpc.ClientDuplexStream<object, object>;
		webRtcOperations(
			message: object,
			metadata: grpc.Metadata,
			callback: (error: grpc.ServiceError | null, answer: object) => void,
		): void;
	}

	function dial(address: string): LoadedClient {
		const definition = loadSync('giggityflix/v1/peer_edge.proto', {
			includeDirs: [resolve(root, 'proto')],
			oneofs: true,
			longs: Number,
		});
		const loaded = grpc.loadPackageDefinition(definition) as unknown as {
			giggityflix: { v1: { PeerEdgeService: new (...args: unknown[]) => LoadedClient } };
		};
		const client = new loaded.giggityflix.v1.PeerEdgeService(
			address,
			grpc.credentials.createInsecure(),
		);
		cleanups.push(() => {
			client.close();
		});
		return client;
	}

	it('carries the stream and the unary call', async () => {
		const { peers, address } = await start();
		const client = dial(address);
		const metadata = new grpc.Metadata();
		metadata.set('peer_id', 'peer-1');
		metadata.set('session_token', 'token');
		const stream = client.asyncOperations(metadata);
		const received: object[] = [];
		stream.on('data', (message: object) => received.push(message));
		const ended = new Promise<grpc.StatusObject>((done) => stream.on('status', done));
		stream.on('error', () => undefined);
		stream.write({ heartbeat: { sentAtMs: 5 } });
		await expect.poll(() => peers.streams[0]?.messages.length).toBe(1);
		peers.streams[0]!.stream.send(drain(7));
		await expect.poll(() => received.length).toBe(1);
		expect(received[0]).toMatchObject({ body: 'drain', drain: { reconnectAfterMs: 7 } });

		await new Promise<void>((done, fail) => {
			client.webRtcOperations({ toPeerId: 'peer-2' }, metadata, (error) => {
				if (error === null) done();
				else fail(error);
			});
		});
		expect(peers.calls[0]!.message.toPeerId).toBe('peer-2');

		peers.streams[0]!.stream.close(new GiggityflixError('timed-out', 'too quiet'));
		expect(await ended).toMatchObject({
			code: grpc.status.DEADLINE_EXCEEDED,
			details: 'too quiet',
		});
	});
});

describe('the connection', () => {
	it('speaks TLS with a certificate', async () => {
		const certificate = await makeCertificate();
		const { door } = await start({ tls: certificate });
		const transport = createGrpcTransport({
			baseUrl: `https://localhost:${door.port}`,
			nodeOptions: { ca: certificate.pem },
		});
		expect((await createClient(Health, transport).check({})).status).toBe(2);
	});

	it('refuses connections above its limit and serves the others', async () => {
		const { door } = await start({ maxConnectionsPerAddress: 2 });
		const sessions = Array.from({ length: 5 }, () => connectHttp2(`http://127.0.0.1:${door.port}`));
		let closed = 0;
		for (const session of sessions) {
			session.on('error', () => undefined).on('close', () => (closed += 1));
			cleanups.push(() => {
				session.destroy();
			});
		}
		await expect.poll(() => closed).toBe(3);
		await sleep(100);
		expect(closed).toBe(3);
	});

	it.each([
		['no authority', { ':authority': '' }],
		['an authority that is none', { ':authority': 'a b/c' }],
		['a user in the authority', { ':authority': 'a@b' }],
		['a path that is none', { ':path': '*' }],
		['an unknown service', { ':path': '/nothing.Here/Call' }],
		['GET', { ':method': 'GET' }],
		['a broken message', { 'content-type': 'application/grpc', te: 'trailers' }],
	])('answers %s and goes on', async (_what, headers) => {
		const { door, transport, logged } = await start();
		const session = connectHttp2(`http://127.0.0.1:${door.port}`);
		session.on('error', () => undefined);
		cleanups.push(() => {
			session.destroy();
		});
		const call = session.request({
			':method': 'POST',
			':path': '/grpc.health.v1.Health/Check',
			...headers,
		});
		let isOver = false;
		call.on('error', () => undefined).on('close', () => (isOver = true));
		call.resume();
		call.end('garbage');
		await expect.poll(() => isOver).toBe(true);
		expect((await createClient(Health, transport).check({})).status).toBe(2);
		expect(logged).toEqual([]);
	});

	it('survives what is not HTTP/2', async () => {
		const { door, transport } = await start();
		await expect(fetch(`http://127.0.0.1:${door.port}/`)).rejects.toThrow();
		expect((await createClient(Health, transport).check({})).status).toBe(2);
	});

	it('closes within its grace although a stream stays open', async () => {
		const { door, peers, transport } = await start();
		const mouth = speaker();
		const stream = createClient(PeerEdgeService, transport).asyncOperations(mouth.messages(), {
			headers: { peer_id: 'peer-1' },
		});
		const ended = (async () => {
			for await (const message of stream) expect(message).toBeDefined();
		})().catch(() => undefined);
		await expect.poll(() => peers.streams.length).toBe(1);
		const startMs = performance.now();
		await door.close(300);
		expect(performance.now() - startMs).toBeLessThan(1_500);
		mouth.stop();
		await ended;
		await expect.poll(() => peers.streams[0]!.closes).toBe(1);
	});
});

it('createErrorInterceptor leaves refusals of Connect alone', async () => {
	const interceptor = createErrorInterceptor({ error: () => expect.unreachable() });
	const refusal = new ConnectError('bad envelope', Code.InvalidArgument);
	const call = interceptor(() => Promise.reject(refusal));
	const request = { method: { name: 'Search' }, signal: new AbortController().signal };
	await expect(call(request as never)).rejects.toBe(refusal);
});
