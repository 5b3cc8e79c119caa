// What an operator can count, in Prometheus' text format. Owns names and labels; labels come from closed
// sets, never from what a peer says.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { AnnounceCounts } from '../announce/announce-tracker.ts';
import type { PeerStream } from '../ports.ts';
import type { FetchHandler } from '../transport/listener.ts';

type Door = PeerStream['door'];

export interface Metrics {
	readonly handle: FetchHandler;
	countBytes(door: Door, direction: 'in' | 'out', sizeBytes: number): void;
	countMessage(door: Door, direction: 'in' | 'out', messageCase: string): void;
	countMalformed(door: Door): void;
	countReject(door: Door, code: string): void;
	countRequest(routeName: string, status: number): void;
	/** A viewer has told of an owner that sent a bad piece. */
	countBadSource(): void;
	setListener(kind: string): void;
}

/** Both functions are asked when somebody reads the metrics. Without an announce tracker nothing is told of one. */
export function createMetrics(
	countSessions: () => Record<Door, number>,
	countAnnounce: () => AnnounceCounts | undefined = () => undefined,
): Metrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
		new Counter({ name: `giggityflix_edge_${name}`, help, labelNames, registers: [registry] });
	const bytes = counter('bytes_total', 'Bytes of peer messages.', ['door', 'direction']);
	const messages = counter('messages_total', 'Messages by kind.', ['door', 'direction', 'message']);
	const malformed = counter('malformed_total', 'Frames that could not be read.', ['door']);
	const rejects = counter('rejects_total', 'Refusals sent to peers by code.', ['door', 'code']);
	const requests = counter('http_requests_total', 'HTTP answers.', ['route', 'status']);
	const badSources = counter('bad_sources_total', 'Reports of owners that sent bad pieces.', []);
	const listener = new Gauge({
		name: 'giggityflix_edge_listener',
		help: 'Which listener serves the browser door.',
		labelNames: ['kind'],
		registers: [registry],
	});
	new Gauge({
		name: 'giggityflix_edge_sessions',
		help: 'Admitted peers.',
		labelNames: ['door'],
		registers: [registry],
		collect() {
			const counts = countSessions();
			this.set({ door: 'websocket' }, counts.websocket);
			this.set({ door: 'grpc' }, counts.grpc);
		},
	});
	new Gauge({
		name: 'giggityflix_edge_announce',
		help: 'The announce tracker: what it holds, and messages since the start.',
		labelNames: ['what'],
		registers: [registry],
		collect() {
			const counts = countAnnounce();
			if (counts === undefined) return;
			for (const what of ['connections', 'swarms', 'peers', 'messages'] as const) {
				this.set({ what }, counts[what]);
			}
		},
	});
	return {
		handle: async () =>
			new Response(await registry.metrics(), {
				headers: { 'content-type': registry.contentType, 'cache-control': 'no-store' },
			}),
		countBytes: (door, direction, sizeBytes) => bytes.inc({ door, direction }, sizeBytes),
		countMessage: (door, direction, message) => messages.inc({ door, direction, message }),
		countMalformed: (door) => malformed.inc({ door }),
		countReject: (door, code) => rejects.inc({ door, code }),
		countRequest: (route, status) => requests.inc({ route, status }),
		countBadSource: () => badSources.inc(),
		setListener: (kind) => {
			listener.set({ kind }, 1);
		},
	};
}
