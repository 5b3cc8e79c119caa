import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { currentLogFields } from '../../../../bus/log-context.ts';
import { createMetricRegistry } from '../../../../bus/metric-registry.ts';
import { noTracer } from '../../../../bus/tracer.ts';
import { observedCap, observedEdge, observedHasher } from '../../../../peer/node/observed-ports.ts';
import { createPeerMetrics } from '../../../../peer/node/peer-metrics.ts';
import type { EdgeConnection, Hasher, OpenFile } from '../../../../peer/ports.ts';
import {
	EdgeMessageSchema,
	PeerMessageSchema,
	PeerWebRTCMessageSchema,
	type EdgeMessage,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';

function open() {
	const registry = createMetricRegistry();
	const metrics = createPeerMetrics({ registry, snapshot: () => undefined });
	const count = async (name: string) => {
		const lines = (await registry.metrics()).split('\n');
		return lines.filter((line) => line.startsWith(`giggityflix_peer_${name}`)).sort();
	};
	return { metrics, count };
}

describe('what passes the ports of a headless peer', () => {
	it('is counted by kind on its way to the edge and back, and carries the id of a command', async () => {
		const { metrics, count } = open();
		const said: string[] = [];
		let hear: (message: EdgeMessage) => void = () => undefined;
		const connection: EdgeConnection = {
			send: ({ body }) => void said.push(body.case ?? ''),
			sendWebRtc: async () => {
				said.push('webrtc');
				return Promise.reject(new Error('nobody'));
			},
			bufferedBytes: () => 7,
			close: () => void said.push('close'),
		};
		const edge = observedEdge(
			{
				connect: async ({ onMessage }) => {
					hear = onMessage;
					return connection;
				},
			},
			metrics,
		);
		const requests: (string | undefined)[] = [];
		const opened = await edge.connect({
			peerId: 'attic',
			onMessage: () => requests.push(currentLogFields().requestId),
			onClose: () => undefined,
			signal: new AbortController().signal,
		});
		opened.send(create(PeerMessageSchema, { body: { case: 'heartbeat', value: {} } }));
		await expect(opened.sendWebRtc(create(PeerWebRTCMessageSchema, {}), 'token')).rejects.toThrow(
			'nobody',
		);
		const value = { commandId: 'command-1' };
		hear(create(EdgeMessageSchema, { body: { case: 'fileHashRequest', value } }));
		hear(create(EdgeMessageSchema, { body: { case: 'heartbeat', value: {} } }));
		expect(opened.bufferedBytes()).toBe(7);
		opened.close();
		expect(said).toEqual(['heartbeat', 'webrtc', 'close']);
		expect(requests).toEqual(['command-1', undefined]);
		expect(await count('edge_messages_total{')).toEqual([
			'giggityflix_peer_edge_messages_total{direction="in",message="fileHashRequest"} 1',
			'giggityflix_peer_edge_messages_total{direction="in",message="heartbeat"} 1',
			'giggityflix_peer_edge_messages_total{direction="out",message="heartbeat"} 1',
			'giggityflix_peer_edge_messages_total{direction="out",message="webrtc"} 1',
		]);
	});

	it('is counted when it has been hashed, and only then', async () => {
		const { metrics, count } = open();
		const spans: string[] = [];
		const hashed = { mediaId: new Uint8Array(32) } as unknown as Awaited<
			ReturnType<Hasher['hash']>
		>;
		let isBroken = true;
		const hasher = observedHasher(
			{
				maxFilesAtOnce: 3,
				rest: () => undefined,
				hash: async () => {
					if (isBroken) throw new Error('gone');
					return hashed;
				},
			},
			metrics,
			{
				...noTracer,
				span: (name, { attributes }, work) => {
					spans.push(`${name} ${JSON.stringify(attributes)}`);
					return work();
				},
			},
		);
		const options = {
			pieceLengthBytes: 262_144,
			onProgress: () => undefined,
			signal: new AbortController().signal,
		};
		const file = { sizeBytes: 42 } as OpenFile;
		await expect(hasher.hash(file, options)).rejects.toThrow('gone');
		isBroken = false;
		expect(await hasher.hash(file, options)).toBe(hashed);
		expect(hasher.maxFilesAtOnce).toBe(3);
		expect(spans).toEqual(Array(2).fill('hash a film {"bytes":42}'));
		expect(await count('hashed_bytes_total')).toEqual(['giggityflix_peer_hashed_bytes_total 42']);
	});

	it('is counted by the way it leaves, under one cap', async () => {
		const { metrics, count } = open();
		const taken: number[] = [];
		const cap = { take: (bytes: number) => void taken.push(bytes), maxPayloadBytes: () => 5 };
		void observedCap(cap, 'link', metrics).take(2);
		void observedCap(cap, 'swarm', metrics).take(3);
		void observedCap(cap, 'swarm', metrics).take(4);
		expect(observedCap(cap, 'link', metrics).maxPayloadBytes()).toBe(5);
		expect(taken).toEqual([2, 3, 4]);
		expect(await count('sent_bytes_total')).toEqual([
			'giggityflix_peer_sent_bytes_total{way="link"} 2',
			'giggityflix_peer_sent_bytes_total{way="swarm"} 7',
		]);
	});
});
