// What an operator can count of a headless peer, in Prometheus' text format. Owns names and labels; labels come from
// closed sets, never from what an edge or a viewer says, and no film is named.
import { Counter, Gauge } from 'prom-client';
import type { MetricRegistry } from '../../bus/metric-registry.ts';
import type { PeerSnapshot } from '../peer.ts';

/** How bytes of films leave: a direct link to a viewer, or a swarm. */
export type Way = 'link' | 'swarm';

export interface PeerMetrics {
	countEdgeMessage(direction: 'in' | 'out', messageCase: string): void;
	countSent(way: Way, sizeBytes: number): void;
	countHashed(sizeBytes: number): void;
}

/** `snapshot` is asked when somebody reads the metrics; undefined before there is one. */
export function createPeerMetrics(deps: {
	readonly registry: MetricRegistry;
	readonly snapshot: () => PeerSnapshot | undefined;
}): PeerMetrics {
	const { registry, snapshot } = deps;
	const registers = [registry];
	const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
		new Counter({ name: `giggityflix_peer_${name}`, help, labelNames, registers });
	const messages = counter('edge_messages_total', 'Messages to and from the edge by kind.', [
		'direction',
		'message',
	]);
	const sent = counter('sent_bytes_total', 'Bytes of films sent.', ['way']);
	const hashed = counter('hashed_bytes_total', 'Bytes of files that were hashed.', []);
	for (const [name, { help, of }] of Object.entries(gauges)) {
		new Gauge({
			name: `giggityflix_peer_${name}`,
			help,
			registers,
			collect() {
				const now = snapshot();
				if (now) this.set(of(now));
			},
		});
	}
	return {
		countEdgeMessage: (direction, message) => messages.inc({ direction, message }),
		countSent: (way, sizeBytes) => sent.inc({ way }, sizeBytes),
		countHashed: (sizeBytes) => hashed.inc(sizeBytes),
	};
}

const gauges: Record<string, { readonly help: string; of(snapshot: PeerSnapshot): number }> = {
	online: {
		help: 'Whether an edge has admitted the peer.',
		of: ({ edge }) => (edge.kind === 'online' ? 1 : 0),
	},
	films: {
		help: 'Films of the library.',
		of: ({ folders }) => folders.reduce((sum, { itemCount }) => sum + itemCount, 0),
	},
	library_bytes: {
		help: 'Size of the library.',
		of: ({ folders }) => folders.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
	},
	shared_films: {
		help: 'Films that are to be hashed, or are.',
		of: ({ hashing }) => hashing.totalCount,
	},
	hashed_films: { help: 'Films that are hashed.', of: ({ hashing }) => hashing.hashedCount },
	viewers: { help: 'Viewers that read over direct links.', of: ({ serving }) => serving.viewers },
	troubles: { help: 'Things that do not work now.', of: ({ trouble }) => trouble.length },
};
