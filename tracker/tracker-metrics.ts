// What an operator can count at a tracker, in Prometheus' text format.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { TrackerCounts } from './tracker.ts';

export interface TrackerMetrics {
	readonly contentType: string;
	text(): Promise<string>;
}

/** `counts` is asked when somebody reads the metrics; without an answer there is only the process to tell of. */
export function createTrackerMetrics(counts: () => TrackerCounts | undefined): TrackerMetrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	new Gauge({
		name: 'giggityflix_tracker_size',
		help: 'What the tracker holds now.',
		labelNames: ['what'],
		registers: [registry],
		collect() {
			for (const [what, count] of Object.entries(counts() ?? {})) {
				this.set({ what: toSnakeCase(what) }, count as number);
			}
		},
	});
	return { contentType: registry.contentType, text: () => registry.metrics() };
}

function toSnakeCase(name: string): string {
	return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
