import { Code, createClient } from '@connectrpc/connect';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerEdgeService } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	Health,
	HealthCheckResponse_ServingStatus,
} from '../../../proto/gen/grpc/health/v1/health_pb.js';
import { grpcDoorFixture } from '../../support/grpc-door.ts';

const { start, cleanups } = grpcDoorFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('health', () => {
	it('answers for the server, its services and no others', async () => {
		const { setServing, transport } = await start();
		const client = createClient(Health, transport);
		const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
		expect((await client.check({})).status).toBe(NOT_SERVING);
		setServing(true);
		expect((await client.check({})).status).toBe(SERVING);
		expect((await client.check({ service: PeerEdgeService.typeName })).status).toBe(SERVING);
		await expect(client.check({ service: 'other' })).rejects.toMatchObject({ code: Code.NotFound });
	});

	it('tells watchers of changes', async () => {
		const { setServing, transport } = await start();
		const abort = new AbortController();
		const seen: number[] = [];
		const watching = (async () => {
			const options = { signal: abort.signal };
			for await (const { status } of createClient(Health, transport).watch({}, options)) {
				seen.push(status);
			}
		})().catch(() => undefined);
		const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
		await expect.poll(() => seen).toEqual([NOT_SERVING]);
		setServing(true);
		await expect.poll(() => seen).toEqual([NOT_SERVING, SERVING]);
		setServing(true);
		setServing(false);
		await expect.poll(() => seen).toEqual([NOT_SERVING, SERVING, NOT_SERVING]);
		abort.abort();
		await watching;
	});
});
