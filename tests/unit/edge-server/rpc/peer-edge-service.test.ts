// PeerEdgeService behind a real gRPC door: what peers say and hear, with Connect's client and with another's.
import { create } from '@bufbuild/protobuf';
import { createClient, ConnectError, Code, type Transport } from '@connectrpc/connect';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	EdgeMessageSchema,
	PeerEdgeService,
	PeerMessageSchema,
	type EdgeMessage,
	type PeerMessage,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxFrameBytes } from '../../../../proto/limits.ts';
import { grpcDoorFixture } from '../../../support/grpc-door.ts';
import { createSpeaker } from '../../../support/speaker.ts';

const { start, dial, cleanups } = grpcDoorFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const heartbeat = (sentAtMs: bigint): PeerMessage =>
	create(PeerMessageSchema, { body: { case: 'heartbeat', value: { sentAtMs } } });
const drain = (reconnectAfterMs: number): EdgeMessage =>
	create(EdgeMessageSchema, { body: { case: 'drain', value: { reconnectAfterMs } } });
/** A message of so many bytes. */
const bulk = (sizeBytes: number): EdgeMessage =>
	create(EdgeMessageSchema, {
		body: { case: 'challenge', value: { nonce: new Uint8Array(sizeBytes) } },
	});

describe('AsyncOperations with a Connect client', () => {
	function open(transport: Transport, peerId: string | null = 'peer-1') {
		const mouth = createSpeaker();
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

	/** A stream of AsyncOperations without a client that reads or writes by itself. */
	function openBareCall(port: number): ClientHttp2Stream {
		const call = dial(port).request({
			':method': 'POST',
			':path': '/giggityflix.v1.PeerEdgeService/AsyncOperations',
			'content-type': 'application/grpc',
			te: 'trailers',
			peer_id: 'peer-1',
		});
		call.on('error', () => undefined);
		return call;
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
		const stream = openBareCall(door.port);
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
		openBareCall(door.port).pause();
		await expect.poll(() => peers.streams.length).toBe(1);
		const { stream } = peers.streams[0]!;
		let mostBuffered = 0;
		for (let round = 0; round < 200 && peers.streams[0]!.closes === 0; round += 1) {
			stream.send(bulk(64 * 1024));
			mostBuffered = Math.max(mostBuffered, stream.bufferedBytes());
			await sleep(1);
		}
		await expect.poll(() => peers.streams[0]!.closes).toBe(1);
		expect(mostBuffered).toBeLessThan(3 * 1024 * 1024);
	});

	it('cuts a peer that does not read the end of its stream', async () => {
		const { peers, door } = await start();
		openBareCall(door.port).pause();
		await expect.poll(() => peers.streams.length).toBe(1);
		const { stream } = peers.streams[0]!;
		for (let round = 0; round < 10; round += 1) stream.send(bulk(64 * 1024));
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

	function load(address: string): LoadedClient {
		const definition = loadSync('giggityflix/v1/peer_edge.proto', {
			includeDirs: [resolve(import.meta.dirname, '../../../../proto')],
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
		const client = load(address);
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
