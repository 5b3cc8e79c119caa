// What an operator can count, in Prometheus' text format. Owns names and labels; labels come from closed
// sets, never from what a peer says.
import { Counter, Gauge, Histogram } from 'prom-client';
import { latencyBuckets, type MetricRegistry } from '../../bus/metric-registry.ts';
import type { AnnounceCounts } from '../announce/announce-tracker.ts';
import type { PeerStream } from '../ports.ts';
import type { FetchHandler } from '../transport/listener.ts';
import { createPeerTraffic, type PeerTraffic } from './peer-traffic.ts';

type Door = PeerStream['door'];

export interface Metrics extends PeerTraffic {
	readonly handle: FetchHandler;
	countMalformed(door: Door): void;
	countReject(door: Door, code: string): void;
	/** One answer, and how long it took. */
	countRequest(routeName: string, status: number, durationMs: number): void;
	/** A viewer has told of an owner that sent a bad piece. */
	countBadSource(): void;
	setListener(kind: string): void;
}

interface Deps {
	/** What is in it is served: also what other parts of the process put there. */
	readonly registry: MetricRegistry;
	/** Both functions are asked when somebody reads the metrics. */
	readonly countSessions: () => Record<Door, number>;
	/** Without an announce tracker nothing is told of one. */
	readonly countAnnounce: () => AnnounceCounts | undefined;
}

export function createMetrics({ registry, countSessions, countAnnounce }: Deps): Metrics {
	const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
		new Counter({ name: `giggityflix_edge_${name}`, help, labelNames, registers: [registry] });
	const traffic = createPeerTraffic(registry);
	const malformed = counter('malformed_total', 'Frames that could not be read.', ['door']);
	const rejects = counter('rejects_total', 'Refusals sent to peers by code.', ['door', 'code']);
	const requests = counter('http_requests_total', 'HTTP answers.', ['route', 'status']);
	const badSources = counter('bad_sources_total', 'Reports of owners that sent bad pieces.', []);
	const requestDuration = new Histogram({
		name: 'giggityflix_edge_http_request_duration_seconds',
		help: 'Time to the answer of an HTTP request, unary calls included.',
		labelNames: ['route'],
		buckets: latencyBuckets,
		registers: [registry],
	});
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
	registerAnnounce(registry, countAnnounce);
	return {
		handle: async () =>
			new Response(await registry.metrics(), {
				headers: { 'content-type': registry.contentType, 'cache-control': 'no-store' },
			}),
		...traffic,
		countMalformed: (door) => malformed.inc({ door }),
		countReject: (door, code) => rejects.inc({ door, code }),
		countRequest: (route, status, durationMs) => {
			requests.inc({ route, status });
			requestDuration.observe({ route }, durationMs / 1000);
		},
		countBadSource: () => badSources.inc(),
		setListener: (kind) => {
			listener.set({ kind }, 1);
		},
	};
}

/** What the announce tracker holds, and what it was told since the start. */
function registerAnnounce(registry: MetricRegistry, count: Deps['countAnnounce']): void {
	const registers = [registry];
	const held = {
		connections: 'Open connections of the announce tracker.',
		swarms: 'Swarms of the announce tracker.',
		peers: 'Members of the swarms of the announce tracker.',
	} as const;
	for (const [what, help] of Object.entries(held)) {
		new Gauge({
			name: `giggityflix_edge_announce_${what}`,
			help,
			registers,
			collect() {
				this.set(count()?.[what as keyof typeof held] ?? 0);
			},
		});
	}
	new Counter({
		name: 'giggityflix_edge_announce_messages_total',
		help: 'Messages to the announce tracker.',
		registers,
		collect() {
			this.reset();
			this.inc(count()?.messages ?? 0);
		},
	});
}
