// The operator API of one edge in a cluster of two that share a bus and a tracker: real doors, real sessions, real
// HTTP. What is asked of one edge reaches a peer of the other.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { randomFillSync } from 'node:crypto';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryBus } from '../../bus/memory-bus.ts';
import { createMeteredBus } from '../../bus/metered-bus.ts';
import { openMetricRegistry } from '../../bus/metric-registry.ts';
import { nodeClock as clock } from '../../bus/node-clock.ts';
import { defaultTopics } from '../../bus/topics.ts';
import { readEdgeConfig } from '../../edge-server/config.ts';
import { createEdge } from '../../edge-server/edge.ts';
import {
	EdgeFrameSchema,
	PeerFrameSchema,
	PeerMessageSchema,
	type EdgeMessage,
	type PeerMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { helloDigest, type Signer } from '../../proto/identity.ts';
import { protocolVersion } from '../../proto/limits.ts';
import type { OperatorSnapshot } from '../../proto/operator.ts';
import { settingsOf, trackerConfig } from '../../tracker/config.ts';
import { createEmbeddedStore } from '../../tracker/store/embedded-store.ts';
import { createTracker } from '../../tracker/tracker.ts';
import { createSigner } from '../support/edge-world.ts';

const token = 'a token of some length';
const catalogId = 'a'.repeat(26);
const randomBytes = (target: Uint8Array) => void randomFillSync(target);
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openCluster() {
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-operator-'));
	cleanups.push(() => rm(directory, { recursive: true }));
	await mkdir(join(directory, 'build'));
	await writeFile(join(directory, 'build', 'index.html'), '<p>the app</p>');
	const registry = openMetricRegistry();
	const memory = createMemoryBus({ producer: 'test', clock, randomBytes, logger });
	const bus = createMeteredBus({ bus: memory, registry, clock });
	const tracker = createTracker({
		...{ bus, clock, randomBytes, logger, registry, topics: defaultTopics },
		store: createEmbeddedStore(':memory:'),
		config: settingsOf(trackerConfig.readConfig({})),
	});
	cleanups.push(() => bus.close());
	await tracker.start();
	cleanups.push(() => tracker.stop());
	const openEdge = async (edgeId: string) => {
		const edge = createEdge({
			config: readEdgeConfig({
				...{ HOST: '127.0.0.1', PORT: '0', GRPC_SERVER_ADDRESS: '', EDGE_ID: edgeId },
				...{ DATA_DIR: directory, OPERATOR_TOKEN: token },
			}),
			...{ bus, busWatch: bus, clock, randomBytes, logger },
			tracker: tracker.connectInMemory(),
			webRoot: join(directory, 'build'),
			isClustered: true,
			...(edgeId === 'edge-a' && { registry }),
		});
		cleanups.push(() => edge.stop());
		const { httpPort } = await edge.start();
		return httpPort;
	};
	const [portA, portB] = [await openEdge('edge-a'), await openEdge('edge-b')];
	const ask = (path: string, init: RequestInit = {}) =>
		fetch(`http://127.0.0.1:${portA}/api/operator${path}`, {
			...init,
			headers: { authorization: `Bearer ${token}`, 'x-request-id': 'asked-by-a-test' },
		});
	const look = async (query = '') =>
		(await (await ask(`/snapshot${query}`)).json()) as OperatorSnapshot;
	return { portA, portB, ask, look };
}

/** A peer that proves who it is, deletes what it is told to, and refuses to hash. */
async function enter(port: number, signer: Signer & { peerId: string }) {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
	cleanups.push(() => socket.terminate());
	const heard: EdgeMessage['body'][] = [];
	socket.on('error', () => undefined);
	socket.on('message', (content: Buffer) => {
		const { content: said } = fromBinary(EdgeFrameSchema, content);
		if (said.case !== 'message') return;
		heard.push(said.value.body);
		const answer = answerTo(signer, said.value);
		if (!answer) return;
		const frame = create(PeerFrameSchema, { content: { case: 'message', value: answer } });
		socket.send(toBinary(PeerFrameSchema, frame));
	});
	await expect.poll(() => heard.map((body) => body.case)).toContain('welcome');
	return { socket, heard };
}

function answerTo(
	signer: Signer & { peerId: string },
	{ body }: EdgeMessage,
): PeerMessage | undefined {
	if (body.case === 'challenge') {
		const { nonce, edgeId } = body.value;
		const { peerId, publicKey } = signer;
		const signature = signer.sign(helloDigest(nonce, edgeId, peerId));
		const value = { peerId, publicKey, signature, protocolVersion, displayName: `of ${edgeId}` };
		return create(PeerMessageSchema, { body: { case: 'hello', value } });
	}
	if (body.case !== 'fileDeleteRequest') return undefined;
	const value = { commandId: body.value.commandId };
	return create(PeerMessageSchema, { body: { case: 'fileDeleteResponse', value } });
}

it('shows both edges and their peers, and finds one of them', async () => {
	const { portA, portB, look } = await openCluster();
	const [ada, bob] = [createSigner(1), createSigner(2)];
	await enter(portA, ada);
	await enter(portB, bob);
	await expect.poll(async () => (await look()).peers.length).toBe(2);
	const { edges, peers, topics, programs } = await look();
	expect(edges.map(({ edgeId, state }) => [edgeId, state])).toEqual([
		['edge-a', 'serving'],
		['edge-b', 'serving'],
	]);
	const byEdge = Object.fromEntries(peers.map((peer) => [peer.edgeId, peer]));
	expect(byEdge['edge-a']).toMatchObject({ peerId: ada.peerId, here: { door: 'websocket' } });
	expect(byEdge['edge-a']?.here?.bytesIn).toBeGreaterThan(100);
	expect(byEdge['edge-b']).toMatchObject({ peerId: bob.peerId, displayName: 'of edge-b' });
	expect(byEdge['edge-b']).not.toHaveProperty('here');
	expect(topics.map(({ topic }) => topic)).toContain('peer.connection.established');
	expect(programs.map(({ program }) => program).sort()).toEqual(['edge-a', 'edge-b']);
	const found = await look(`?peers=${bob.peerId.slice(2, 12)}`);
	expect(found.peers.map(({ peerId }) => peerId)).toEqual([bob.peerId]);
});

it('sends a command to a peer of another edge and shows its result', async () => {
	const { portB, ask, look } = await openCluster();
	const bob = createSigner(2);
	const { heard } = await enter(portB, bob);
	const commandId = 'c'.repeat(26);
	const command = { peerId: bob.peerId, commandId, command: { kind: 'file-delete', catalogId } };
	const answer = await ask('/commands', { method: 'POST', body: JSON.stringify(command) });
	expect(answer.status).toBe(200);
	expect(await answer.json()).toEqual({ commandId });
	expect(heard.map((body) => body.case)).toContain('fileDeleteRequest');
	const { commands } = await look();
	const row = { commandId, peerId: bob.peerId, kind: 'file-delete', outcome: { kind: 'done' } };
	expect(commands).toMatchObject([row]);
});

it('closes a session of its own edge, and names every request', async () => {
	const { portA, ask, look } = await openCluster();
	const { socket } = await enter(portA, createSigner(1));
	const { peers } = await look();
	const closed = await ask(`/sessions/${peers[0]?.sessionId ?? ''}`, { method: 'DELETE' });
	expect(closed.status).toBe(200);
	expect(closed.headers.get('x-request-id')).toBe('asked-by-a-test');
	await expect.poll(() => socket.readyState).toBe(WebSocket.CLOSED);
	await expect.poll(async () => (await look()).peers).toEqual([]);
});

it('serves what the tracker and the bus count with the edge’s own metrics', async () => {
	const { portA, portB } = await openCluster();
	await enter(portB, createSigner(2));
	const response = await fetch(`http://127.0.0.1:${portA}/metrics`);
	const text = await response.text();
	expect(response.headers.get('x-request-id')).toMatch(/^[a-z2-7]{26}$/);
	for (const name of [
		'giggityflix_edge_sessions',
		'giggityflix_tracker_leases 1',
		'giggityflix_tracker_rpc_duration_seconds_count{method="ClaimPeer",code="ok"} 1',
		'giggityflix_bus_published_total{topic="peer.connection.established"} 1',
		'process_cpu_seconds_total',
	]) {
		expect(text).toContain(name);
	}
});
