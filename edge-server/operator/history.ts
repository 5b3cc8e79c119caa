// The last ten minutes of this edge in samples, so that an operator who opens the page sees how it came to
// this. Counters become rates here. Bounded; knows nothing of who looks.
import type { BusWatch } from '../../bus/metered-bus.ts';
import type { ProgramUse } from '../../bus/program-use.ts';
import type { OperatorHistory } from '../../proto/operator.ts';
import type { Clock } from '../ports.ts';

const intervalMs = 5_000;
const maxSamples = 120;

interface Sample {
	readonly atMs: number;
	readonly peers: number;
	readonly memoryBytes: number;
	readonly cpuShare: number;
	readonly lag: number;
	readonly eventsPerSecond: ReadonlyMap<string, number>;
}

export interface History {
	/** Starts sampling; the function returned stops. */
	start(): () => void;
	read(): OperatorHistory;
}

interface Deps {
	readonly clock: Clock;
	readonly countPeers: () => number;
	readonly use: () => ProgramUse;
	readonly bus: BusWatch;
}

export function createHistory(deps: Deps): History {
	const { clock } = deps;
	let samples: readonly Sample[] = [];
	let before = countEvents(deps.bus);
	let beforeAtMs = clock.monotonicMs();

	async function sample(): Promise<void> {
		const now = countEvents(deps.bus);
		const seconds = Math.max(0.001, (clock.monotonicMs() - beforeAtMs) / 1000);
		const eventsPerSecond = new Map(
			Array.from(now, ([topic, count]) => [topic, (count - (before.get(topic) ?? 0)) / seconds]),
		);
		before = now;
		beforeAtMs = clock.monotonicMs();
		const lags = await deps.bus.lag().catch(() => []);
		const { memoryBytes, cpuShare } = deps.use();
		const lag = lags.reduce((sum, { events }) => sum + events, 0);
		const peers = deps.countPeers();
		const taken = { atMs: clock.now(), peers, memoryBytes, cpuShare, lag, eventsPerSecond };
		samples = [...samples, taken].slice(-maxSamples);
	}

	return {
		start: () => {
			let isStopped = false;
			let cancel = (): void => undefined;
			const again = (): void => {
				if (isStopped) return;
				cancel = clock.after(intervalMs, () => void sample().finally(again));
			};
			void sample().finally(again);
			return () => {
				isStopped = true;
				cancel();
			};
		},
		read: () => toColumns(samples),
	};
}

/** Published or handled by this process, whichever is more: an event that both count for is one event. */
function countEvents(bus: BusWatch): Map<string, number> {
	return new Map(
		bus.topics().map(({ topic, published, handled }) => [topic, Math.max(published, handled)]),
	);
}

function toColumns(samples: readonly Sample[]): OperatorHistory {
	const topics = [
		...new Set(samples.flatMap(({ eventsPerSecond }) => [...eventsPerSecond.keys()])),
	];
	const rates = (topic: string) =>
		samples.map(({ eventsPerSecond }) => round(eventsPerSecond.get(topic) ?? 0));
	return {
		atMs: samples.map(({ atMs }) => atMs),
		peers: samples.map(({ peers }) => peers),
		memoryBytes: samples.map(({ memoryBytes }) => memoryBytes),
		cpuShare: samples.map(({ cpuShare }) => round(cpuShare)),
		lag: samples.map(({ lag }) => lag),
		topics: Object.fromEntries(topics.sort().map((topic) => [topic, rates(topic)])),
	};
}

/** Three decimals are more than a plot shows. */
function round(value: number): number {
	return Math.round(value * 1000) / 1000;
}
