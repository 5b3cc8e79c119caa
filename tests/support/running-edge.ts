// A whole edge of one process on free ports, over a fake tracker, and peers that come to it as browsers do.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { randomFillSync } from 'node:crypto';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryBus } from '../../bus/memory-bus.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { readEdgeConfig } from '../../edge-server/config.ts';
import { createEdge } from '../../edge-server/edge.ts';
import { SearchResponseSchema } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import {
	EdgeFrameSchema,
	PeerFrameSchema,
	PeerMessageSchema,
	type EdgeMessage,
	type PeerMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { LocatePeerResponseSchema } from '../../proto/gen/giggityflix/v1/tracker_pb.js';
import { helloDigest, type Signer } from '../../proto/identity.ts';
import { protocolVersion } from '../../proto/limits.ts';
import { createFakeTracker } from './fake-tracker.ts';

/** `start` runs an edge and `enter` brings a peer to it; the test file runs `cleanups`, last first, after each test. */
export function edgeFixture() {
	const cleanups: (() => unknown)[] = [];

	async function start(env: Record<string, string> = {}) {
		const directory = await mkdtemp(join(tmpdir(), 'giggityflix-edge-'));
		cleanups.push(() => rm(directory, { recursive: true }));
		const webRoot = join(directory, 'build');
		await mkdir(webRoot);
		await writeFile(join(webRoot, 'index.html'), '<p>the app</p>');
		const logger = {
			info: () => undefined,
			warn: () => undefined,
			error: (message: string, fields?: unknown) =>
				expect.unreachable(`${message} ${JSON.stringify(fields)}`),
		};
		const randomBytes = (target: Uint8Array) => void randomFillSync(target);
		const bus = createMemoryBus({ producer: 'edge-a', clock: nodeClock, randomBytes, logger });
		const state = { isTrackerThere: true };
		const edge = createEdge({
			config: readEdgeConfig({
				HOST: '127.0.0.1',
				PORT: '0',
				GRPC_SERVER_ADDRESS: '127.0.0.1:0',
				EDGE_ID: 'edge-a',
				DATA_DIR: directory,
				...env,
			}),
			tracker: {
				...createFakeTracker().client,
				async locatePeer() {
					if (!state.isTrackerThere) throw new ConnectError('down', Code.Unavailable);
					return create(LocatePeerResponseSchema);
				},
				async search({ query = '' }) {
					return create(SearchResponseSchema, { total: query.length });
				},
			},
			...{ bus, clock: nodeClock, randomBytes, logger, webRoot },
			isClustered: false,
		});
		cleanups.push(async () => {
			await edge.stop();
			await bus.close();
		});
		const { httpPort, grpcPort } = await edge.start();
		return {
			...{ edge, state, httpPort, grpcPort },
			origin: `http://127.0.0.1:${httpPort}`,
			grpc: createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpcPort ?? 0}` }),
		};
	}

	/** A browser's peer: says hello with a good proof and records what it hears. */
	async function enter(httpPort: number, signer: Signer & { peerId: string }) {
		const client = new WebSocket(`ws://127.0.0.1:${httpPort}/ws`);
		cleanups.push(() => {
			client.terminate();
		});
		const heard: EdgeMessage[] = [];
		client.on('error', () => undefined);
		client.on('message', (content: Buffer) => {
			const { content: said } = fromBinary(EdgeFrameSchema, content);
			if (said.case !== 'message') return;
			heard.push(said.value);
			if (said.value.body.case !== 'challenge') return;
			const frame = { content: { case: 'message' as const, value: prove(signer, said.value) } };
			client.send(toBinary(PeerFrameSchema, create(PeerFrameSchema, frame)));
		});
		await expect.poll(() => heard.map(({ body }) => body.case)).toContain('welcome');
		return { client, heard };
	}

	return { start, enter, cleanups };
}

/** The hello that answers a challenge. */
export function prove(signer: Signer & { peerId: string }, challenge: EdgeMessage): PeerMessage {
	const { nonce, edgeId } = challenge.body.value as { nonce: Uint8Array; edgeId: string };
	const { peerId, publicKey } = signer;
	const signature = signer.sign(helloDigest(nonce, edgeId, peerId));
	const value = { peerId, publicKey, signature, protocolVersion, displayName: 'A peer' };
	return create(PeerMessageSchema, { body: { case: 'hello', value } });
}
