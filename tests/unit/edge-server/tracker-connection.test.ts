// The edge's way to a tracker that is another program: real doors on free ports, opened and closed under it.
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectTracker, type TrackerAddress } from '../../../edge-server/tracker-connection.ts';
import { Health } from '../../../proto/gen/grpc/health/v1/health_pb.js';
import { openTrackerDoors } from '../../../tracker/tracker-doors.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { keyOf, openTrackerWorld } from '../../support/tracker-world.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const logger = { error: (message: string) => expect.unreachable(message) };
const loopback = (port: number) => ({ host: '127.0.0.1', port });
const lease = (peerId: string) => ({ peerId, edgeId: 'edge-a', sessionId: 's1' });

async function openDoors(port = 0, tls?: { certFile: string; keyFile: string }) {
	const world = await openTrackerWorld();
	const doors = await openTrackerDoors({
		tracker: world.tracker,
		registry: world.registry,
		grpc: loopback(port),
		http: loopback(0),
		logger,
		...(tls !== undefined && { tls }),
	});
	doors.setServing(true);
	const close = async () => {
		await doors.close();
		await world.stop();
	};
	cleanups.push(close);
	return { doors, world, close: () => (cleanups.splice(cleanups.indexOf(close), 1), close()) };
}

function connect(port: number, security: Partial<TrackerAddress> = {}) {
	const connection = connectTracker({ ...loopback(port), isSecure: false, ...security });
	cleanups.push(() => connection.close());
	return connection.client;
}

describe('a tracker behind its doors', () => {
	it('answers an edge, also when a renewal is larger than a frame of a peer', async () => {
		const { doors } = await openDoors();
		const client = connect(doors.grpcPort);
		await client.claimPeer({ lease: lease('laptop'), publicKey: keyOf('laptop'), leaseMs: 1_000 });
		expect((await client.locatePeer({ peerId: 'laptop' })).lease?.edgeId).toBe('edge-a');
		const leases = Array.from({ length: 5_000 }, (_, at) => lease(`a-rather-long-peer-name-${at}`));
		expect((await client.renewPeers({ leases, leaseMs: 1_000 })).lostPeerIds).toEqual([]);
		await expect(client.locatePeer({ peerId: 'nas' })).rejects.toMatchObject({
			code: Code.NotFound,
		});
	});

	it('answers more calls at once than a connection carries', async () => {
		const { doors } = await openDoors();
		const client = connect(doors.grpcPort);
		const claims = Array.from({ length: 150 }, (_, at) => `peer-${at}`).map((peerId) =>
			client.claimPeer({ lease: lease(peerId), publicKey: keyOf(peerId), leaseMs: 1_000 }),
		);
		expect(await Promise.all(claims)).toHaveLength(150);
	});

	it('speaks TLS', async () => {
		const certificate = await makeCertificate();
		const { doors } = await openDoors(0, certificate);
		const trusted = readFileSync(certificate.certFile, 'utf8');
		const client = connect(doors.grpcPort, { isSecure: true, trusted });
		expect((await client.search({})).total).toBe(0);
		await expect(connect(doors.grpcPort, { isSecure: true }).search({})).rejects.toMatchObject({
			code: Code.Unavailable,
		});
	});

	it('is unavailable while it is away, and found again', async () => {
		const first = await openDoors();
		const { grpcPort } = first.doors;
		const client = connect(grpcPort);
		await client.search({});
		await first.close();
		await expect(client.search({})).rejects.toMatchObject({ code: Code.Unavailable });
		await openDoors(grpcPort);
		await expect.poll(() => client.search({}).then(({ total }) => total)).toBe(0);
	});

	it('that is silent is given up at the deadline', async () => {
		const silent = createServer(() => undefined).listen(0, '127.0.0.1');
		await once(silent, 'listening');
		cleanups.push(() => silent.close());
		const client = connect((silent.address() as AddressInfo).port);
		const call = client.search({}, { timeoutMs: 100 });
		await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded });
	});

	it('whose connection breaks under a call is unavailable', async () => {
		const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
		await once(rude, 'listening');
		cleanups.push(() => rude.close());
		const call = connect((rude.address() as AddressInfo).port).search({});
		await expect(call).rejects.toBeInstanceOf(ConnectError);
		await expect(call).rejects.toMatchObject({ code: Code.Unavailable });
	});
});

describe('the probes of a tracker', () => {
	it('say whether it serves, and what it holds', async () => {
		const { doors } = await openDoors();
		const get = (path: string) => fetch(`http://127.0.0.1:${doors.httpPort}${path}`);
		const health = createClient(
			Health,
			createGrpcTransport({ baseUrl: `http://127.0.0.1:${doors.grpcPort}` }),
		);
		const service = 'giggityflix.v1.TrackerService';
		expect((await get('/healthz')).status).toBe(200);
		expect((await get('/readyz')).status).toBe(200);
		expect((await health.check({ service })).status).toBe(1);
		expect(await (await get('/metrics')).text()).toContain('giggityflix_tracker_leases 0');
		expect((await get('/')).status).toBe(404);
		doors.setServing(false);
		expect((await get('/healthz')).status).toBe(200);
		expect((await get('/readyz')).status).toBe(503);
		expect((await get('/metrics')).status).toBe(200);
		expect((await health.check({ service })).status).toBe(2);
	});

	it('leave nothing open when the gRPC address is taken', async () => {
		const { doors, world } = await openDoors();
		const taken = {
			tracker: world.tracker,
			registry: world.registry,
			grpc: loopback(doors.grpcPort),
			logger,
		};
		const free = createServer().listen(0, '127.0.0.1');
		await once(free, 'listening');
		const { port } = free.address() as AddressInfo;
		free.close();
		await once(free, 'close');
		const opening = openTrackerDoors({ ...taken, http: loopback(port) });
		await expect(opening).rejects.toMatchObject({ code: 'EADDRINUSE' });
		await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
	});
});
