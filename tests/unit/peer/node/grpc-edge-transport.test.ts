import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { grpcEdgeTransport } from '../../../../peer/node/grpc-edge-transport.ts';
import type { EdgeConnection } from '../../../../peer/ports.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { FailureSchema } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	EdgeMessageSchema,
	EdgeWebRTCMessageSchema,
	PeerMessageSchema,
	PeerWebRTCMessageSchema,
	type EdgeMessage,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { makeCertificate } from '../../../support/certificate.ts';
import { grpcDoorFixture } from '../../../support/grpc-door.ts';

const { start, cleanups } = grpcDoorFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connect(edgeUrl: string, certificateAuthorities?: string) {
	const heard: EdgeMessage[] = [];
	const closings: Error[] = [];
	const transport = grpcEdgeTransport({
		edgeUrl,
		...(certificateAuthorities !== undefined && { certificateAuthorities }),
	});
	const connection = await transport.connect({
		peerId: 'attic',
		onMessage: (message) => heard.push(message),
		onClose: (error) => closings.push(error),
		signal: new AbortController().signal,
	});
	cleanups.push(() => connection.close());
	return { connection, heard, closings };
}

const heartbeat = (sentAtMs: bigint) =>
	create(EdgeMessageSchema, { body: { case: 'heartbeat', value: { sentAtMs } } });
const saying = (sentAtMs: bigint) =>
	create(PeerMessageSchema, { body: { case: 'heartbeat', value: { sentAtMs } } });
const step = create(PeerWebRTCMessageSchema, { webrtcSessionId: 's', toPeerId: 'cellar' });

describe('grpcEdgeTransport', () => {
	it('carries messages both ways, in order, under the id of the peer', async () => {
		const { peers, address } = await start();
		const { connection, heard } = await connect(`http://${address}`);
		expect(heard).toEqual([]);
		await expect.poll(() => peers.streams).toHaveLength(1);
		const [edge] = peers.streams;
		expect(edge?.stream.claimedPeerId).toBe('attic');
		for (const number of [1n, 2n, 3n]) edge?.stream.send(heartbeat(number));
		for (const number of [4n, 5n, 6n]) connection.send(saying(number));
		await expect.poll(() => heard.map(numberOf)).toEqual([1n, 2n, 3n]);
		await expect.poll(() => edge?.messages.map(numberOf)).toEqual([4n, 5n, 6n]);
		await expect.poll(() => connection.bufferedBytes()).toBe(0);
	});

	it('counts what an edge does not take', async () => {
		const { peers, address } = await start();
		const gate = Promise.withResolvers<undefined>();
		peers.beforeNext = () => gate.promise;
		const { connection } = await connect(`http://${address}`);
		for (let number = 0; number < 200; number += 1) connection.send(poster(number));
		await expect.poll(() => peers.streams[0]?.messages).toHaveLength(1);
		expect(connection.bufferedBytes()).toBeGreaterThan(1024 * 1024);
		gate.resolve(undefined);
		await expect.poll(() => peers.streams[0]?.messages).toHaveLength(200);
		await expect.poll(() => connection.bufferedBytes()).toBe(0);
	});

	it('makes the unary call with the token of the session', async () => {
		const { peers, address } = await start();
		const { connection } = await connect(`http://${address}`);
		await connection.sendWebRtc(step, 'secret');
		expect(peers.calls).toMatchObject([
			{ caller: { peerId: 'attic', sessionToken: 'secret' }, message: { toPeerId: 'cellar' } },
		]);
	});

	it('hands over what a call is answered with, and what it fails with', async () => {
		const { peers, address } = await start();
		const { connection } = await connect(`http://${address}`);
		const failure = create(FailureSchema, { message: 'not connected' });
		peers.answer = async () => create(EdgeWebRTCMessageSchema, { failure });
		expect((await connection.sendWebRtc(step, 's')).failure?.message).toBe('not connected');
		peers.answer = () => Promise.reject(new GiggityflixError('unauthenticated', 'no session'));
		await expect(connection.sendWebRtc(step, 's')).rejects.toMatchObject({
			code: 'unauthenticated',
		});
	});

	it('tells once why the edge closed the stream', async () => {
		const { peers, address } = await start();
		const { closings, connection } = await connect(`http://${address}`);
		await expect.poll(() => peers.streams).toHaveLength(1);
		peers.streams[0]?.stream.close(new GiggityflixError('already-exists', 'replaced'));
		await expect.poll(() => closings).toMatchObject([{ code: 'already-exists' }]);
		connection.close();
		connection.send(saying(1n));
		await expect(connection.sendWebRtc(step, 's')).rejects.toBeInstanceOf(GiggityflixError);
		expect(closings).toHaveLength(1);
	});

	it('notices an edge that goes away', async () => {
		const { door, address, peers } = await start();
		const { closings } = await connect(`http://${address}`);
		await expect.poll(() => peers.streams).toHaveLength(1);
		await door.close(0);
		await expect.poll(() => closings).toMatchObject([{ code: 'unavailable' }]);
	});

	it('says goodbye without being told so itself', async () => {
		const { peers, address } = await start();
		const { connection, closings } = await connect(`http://${address}`);
		await expect.poll(() => peers.streams).toHaveLength(1);
		connection.close();
		await expect.poll(() => peers.streams[0]?.closes).toBe(1);
		expect(closings).toEqual([]);
	});

	it('speaks TLS, and only with an edge it trusts', async () => {
		const tls = await makeCertificate();
		const { address, peers } = await start({ tls });
		const url = `https://${address}`;
		const { connection } = await connect(url, tls.pem);
		await expect.poll(() => peers.streams).toHaveLength(1);
		connection.close();
		await expect(connect(url)).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('says that nobody listens', async () => {
		await expect(connect('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('gives up when it is told to', async () => {
		const signal = AbortSignal.abort(new Error('stopped'));
		const connecting = grpcEdgeTransport({ edgeUrl: 'http://127.0.0.1:9' }).connect({
			peerId: 'attic',
			onMessage: () => undefined,
			onClose: () => undefined,
			signal,
		});
		await expect(connecting).rejects.toThrow('stopped');
	});
});

function numberOf({ body }: { readonly body: { readonly value?: unknown } }): bigint {
	return (body.value as { readonly sentAtMs: bigint }).sentAtMs;
}

function poster(number: number): Parameters<EdgeConnection['send']>[0] {
	const image = new Uint8Array(60_000).fill(number);
	return create(PeerMessageSchema, { body: { case: 'poster', value: { image } } });
}
