// Ports of the peer that count and trace what passes through them and change nothing. Names of films stay out of both.
import { withLogFields } from '../../bus/log-context.ts';
import type { Tracer } from '../../bus/tracer.ts';
import type { EdgeMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeConnection, EdgeTransport, Hasher } from '../ports.ts';
import type { UploadCap } from '../transfer/serving/upload-cap.ts';
import type { PeerMetrics, Way } from './peer-metrics.ts';

/** Lines that a command of the edge causes carry its id. */
export function observedEdge(
	transport: EdgeTransport,
	metrics: Pick<PeerMetrics, 'countEdgeMessage'>,
): EdgeTransport {
	return {
		async connect(options) {
			const connection = await transport.connect({
				...options,
				onMessage(message) {
					metrics.countEdgeMessage('in', message.body.case ?? 'unknown');
					withLogFields(idsOf(message), () => options.onMessage(message));
				},
			});
			return observedConnection(connection, metrics);
		},
	};
}

function observedConnection(
	connection: EdgeConnection,
	metrics: Pick<PeerMetrics, 'countEdgeMessage'>,
): EdgeConnection {
	return {
		...connection,
		send(message) {
			metrics.countEdgeMessage('out', message.body.case ?? 'unknown');
			connection.send(message);
		},
		sendWebRtc(message, sessionToken) {
			metrics.countEdgeMessage('out', 'webrtc');
			return connection.sendWebRtc(message, sessionToken);
		},
	};
}

function idsOf({ body }: EdgeMessage): { requestId?: string } {
	return body.value && 'commandId' in body.value ? { requestId: body.value.commandId } : {};
}

export function observedHasher(
	hasher: Hasher,
	metrics: Pick<PeerMetrics, 'countHashed'>,
	tracer: Tracer,
): Hasher {
	return {
		...hasher,
		hash: (file, options) =>
			tracer.span(
				'hash a film',
				{ kind: 'internal', attributes: { bytes: file.sizeBytes } },
				async () => {
					const hashed = await hasher.hash(file, options);
					metrics.countHashed(file.sizeBytes);
					return hashed;
				},
			),
	};
}

/** The same cap, for what leaves one way. */
export function observedCap(
	cap: UploadCap,
	way: Way,
	metrics: Pick<PeerMetrics, 'countSent'>,
): UploadCap {
	return {
		...cap,
		take(bytes) {
			metrics.countSent(way, bytes);
			return cap.take(bytes);
		},
	};
}
