import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createMeteredPeerDoor } from '../../../../edge-server/http/metered-peer-door.ts';
import { openMetricRegistry } from '../../../../bus/metric-registry.ts';
import { createMetrics } from '../../../../edge-server/http/metrics.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	EdgeMessageSchema,
	PeerMessageSchema,
	PeerWebRTCMessageSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createRecordingPeerDoor } from '../../../support/recording-peer-door.ts';

describe('createMeteredPeerDoor', () => {
	it('passes everything on and counts it', async () => {
		const inner = createRecordingPeerDoor();
		const metrics = createMetrics({
			registry: openMetricRegistry(),
			countSessions: () => ({ websocket: 3, grpc: 1 }),
			countAnnounce: () => undefined,
		});
		metrics.setListener('uws');
		const door = createMeteredPeerDoor(inner, metrics);
		const sent: string[] = [];
		const closes: unknown[] = [];
		const receiver = door.open({
			door: 'websocket',
			remoteAddress: '192.0.2.1',
			send: (message) => sent.push(message.body.case ?? ''),
			bufferedBytes: () => 7,
			close: (error) => closes.push(error?.code),
		});
		const [recorded] = inner.streams;
		await receiver.receive(create(PeerMessageSchema, { body: { case: 'heartbeat', value: {} } }));
		await receiver.receiveWebRtc(create(PeerWebRTCMessageSchema));
		const failure = new GiggityflixError('permission-denied', 'no').toFailure();
		recorded!.stream.send(
			create(EdgeMessageSchema, { body: { case: 'reject', value: { failure } } }),
		);
		receiver.receiveMalformed(new GiggityflixError('invalid-argument', 'garbage'));
		receiver.closed();
		expect(recorded).toMatchObject({ closes: 1, messages: [{}], webRtc: [{}], malformed: [{}] });
		expect(recorded!.stream.bufferedBytes()).toBe(7);
		expect(sent).toEqual(['reject']);
		expect(closes).toEqual(['invalid-argument']);

		const response = await metrics.handle(new Request('http://films.example/metrics'), {
			remoteAddress: '',
		});
		const text = await response.text();
		for (const line of [
			'giggityflix_edge_messages_total{door="websocket",direction="in",message="heartbeat"} 1',
			'giggityflix_edge_messages_total{door="websocket",direction="in",message="webrtc"} 1',
			'giggityflix_edge_messages_total{door="websocket",direction="out",message="reject"} 1',
			'giggityflix_edge_rejects_total{door="websocket",code="permission-denied"} 1',
			'giggityflix_edge_malformed_total{door="websocket"} 1',
			'giggityflix_edge_sessions{door="websocket"} 3',
			'giggityflix_edge_sessions{door="grpc"} 1',
			'giggityflix_edge_listener{kind="uws"} 1',
		]) {
			expect(text).toContain(line);
		}
	});
});
