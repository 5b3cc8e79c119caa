// What an operator can count at a tracker, in Prometheus' terms. Owns names and labels; who serves them is the
// program's choice.
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { Counter, Gauge, Histogram } from 'prom-client';
import { latencyBuckets, type MetricRegistry } from '../bus/metric-registry.ts';
import type { Topic } from '../bus/topics.ts';
import type { Clock } from './ports.ts';
import type { TrackerStore } from './store/tracker-store.ts';
import type { TrackerCounts } from './tracker.ts';

export interface TrackerMetrics {
	countApplied(topic: Topic, events: number): void;
	/** Times the calls of edges. */
	readonly timeCalls: Interceptor;
	/** The same store, timed. */
	timeStore(store: TrackerStore): TrackerStore;
}

interface Deps {
	readonly registry: MetricRegistry;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	/** Asked when somebody reads the metrics; without an answer the tracker is not running. */
	readonly counts: () => TrackerCounts | undefined;
}

const sizes: Record<keyof TrackerCounts, [name: string, help: string]> = {
	knownPeers: ['known_peers', 'Peers that were ever here.'],
	onlinePeers: ['leases', 'Peers that are here: leases held by edges.'],
	entries: ['entries', 'Entries of the catalog.'],
	availableEntries: ['available_entries', 'Entries somebody can serve now.'],
	listedEntries: ['listed_entries', 'Entries that search finds.'],
	subscriptions: ['subscriptions', 'Subscriptions that have not ended.'],
};

export function createTrackerMetrics({ registry, clock, counts }: Deps): TrackerMetrics {
	const registers = [registry];
	registerSizes(registry, counts);
	const applied = new Counter({
		name: 'giggityflix_tracker_events_applied_total',
		help: 'Events of the bus that are part of the state.',
		labelNames: ['topic'],
		registers,
	});
	const calls = new Histogram({
		name: 'giggityflix_tracker_rpc_duration_seconds',
		help: 'Time to answer one call of an edge, by its outcome.',
		labelNames: ['method', 'code'],
		buckets: latencyBuckets,
		registers,
	});
	const writes = new Histogram({
		name: 'giggityflix_tracker_store_duration_seconds',
		help: 'Time of one operation of the store.',
		labelNames: ['operation'],
		buckets: latencyBuckets,
		registers,
	});
	const secondsSince = (startedAtMs: number) => (clock.monotonicMs() - startedAtMs) / 1000;
	return {
		countApplied: (topic, events) => {
			applied.inc({ topic }, events);
		},
		timeCalls: (next) => async (request) => {
			const startedAtMs = clock.monotonicMs();
			const method = request.method.name;
			try {
				const response = await next(request);
				calls.observe({ method, code: 'ok' }, secondsSince(startedAtMs));
				return response;
			} catch (caught) {
				const code = codeOf(caught);
				calls.observe({ method, code }, secondsSince(startedAtMs));
				throw caught;
			}
		},
		timeStore: (store) =>
			mapMethods(store, (operation, answer) => {
				const startedAtMs = clock.monotonicMs();
				return answer.finally(() => {
					writes.observe({ operation }, secondsSince(startedAtMs));
				});
			}),
	};
}

function registerSizes(registry: MetricRegistry, counts: Deps['counts']): void {
	for (const [key, [name, help]] of Object.entries(sizes)) {
		new Gauge({
			name: `giggityflix_tracker_${name}`,
			help,
			registers: [registry],
			collect() {
				const now = counts();
				if (now) this.set(now[key as keyof TrackerCounts]);
			},
		});
	}
}

/** In the words of gRPC: "not_found". */
function codeOf(caught: unknown): string {
	const name = Code[ConnectError.from(caught).code];
	return name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

type Methods = Readonly<Record<string, (...given: unknown[]) => unknown>>;

/** Wraps what every method of a store promises, whichever methods there are; what answers at once is left alone. */
function mapMethods(
	store: TrackerStore,
	around: (name: string, answer: Promise<unknown>) => Promise<unknown>,
): TrackerStore {
	const methods = store as unknown as Methods;
	const wrapped = Object.keys(methods).map((name) => [
		name,
		(...given: unknown[]) => {
			const answer = methods[name]?.(...given);
			return answer instanceof Promise ? around(name, answer) : answer;
		},
	]);
	return Object.fromEntries(wrapped) as TrackerStore;
}
