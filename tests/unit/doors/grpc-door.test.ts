// The gRPC door as a connection: TLS, limits, what is no gRPC, and its end.
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerEdgeService } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { Health } from '../../../proto/gen/grpc/health/v1/health_pb.js';
import { makeCertificate } from '../../support/certificate.ts';
import { grpcDoorFixture } from '../../support/grpc-door.ts';
import { createSpeaker } from '../../support/speaker.ts';

const { start, dial, cleanups } = grpcDoorFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('the gRPC door', () => {
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
		let closed = 0;
		for (let count = 0; count < 5; count += 1) dial(door.port).on('close', () => (closed += 1));
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
		const call = dial(door.port).request({
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
		const mouth = createSpeaker();
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
