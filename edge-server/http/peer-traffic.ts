// What passes the doors of peers: bytes and messages by kind. Counted for every message, so it is plain numbers that are
// counted; labels are made of them when somebody reads the metrics.
import { Counter } from 'prom-client';
import type { MetricRegistry } from '../../bus/metric-registry.ts';
import type { PeerStream } from '../ports.ts';

type Door = PeerStream['door'];
type Direction = 'in' | 'out';

export interface PeerTraffic {
	countBytes(door: Door, direction: Direction, sizeBytes: number): void;
	countMessage(door: Door, direction: Direction, messageCase: string): void;
}

interface Passed {
	bytes: number;
	readonly messages: Map<string, number>;
}

export function createPeerTraffic(registry: MetricRegistry): PeerTraffic {
	const passed: Record<Door, Record<Direction, Passed>> = {
		websocket: { in: nothing(), out: nothing() },
		grpc: { in: nothing(), out: nothing() },
	};
	const registers = [registry];
	new Counter({
		name: 'giggityflix_edge_bytes_total',
		help: 'Bytes of peer messages.',
		labelNames: ['door', 'direction'],
		registers,
		collect() {
			this.reset();
			eachWay(passed, (labels, { bytes }) => {
				if (bytes > 0) this.inc(labels, bytes);
			});
		},
	});
	new Counter({
		name: 'giggityflix_edge_messages_total',
		help: 'Messages by kind.',
		labelNames: ['door', 'direction', 'message'],
		registers,
		collect() {
			this.reset();
			eachWay(passed, (labels, { messages }) => {
				for (const [message, count] of messages) this.inc({ ...labels, message }, count);
			});
		},
	});
	return {
		countBytes: (door, direction, sizeBytes) => {
			passed[door][direction].bytes += sizeBytes;
		},
		countMessage: (door, direction, messageCase) => {
			const { messages } = passed[door][direction];
			messages.set(messageCase, (messages.get(messageCase) ?? 0) + 1);
		},
	};
}

const nothing = (): Passed => ({ bytes: 0, messages: new Map() });

function eachWay(
	passed: Record<Door, Record<Direction, Passed>>,
	tell: (labels: { door: string; direction: string }, passed: Passed) => void,
): void {
	for (const [door, directions] of Object.entries(passed)) {
		for (const [direction, each] of Object.entries(directions)) tell({ door, direction }, each);
	}
}
