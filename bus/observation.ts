// What every program opens to be seen by its operator: metrics, traces, and a bus that counts and traces. Called by
// main.ts files, with their own bus.
import packageJson from '../package.json' with { type: 'json' };
import type { MessageBus } from './message-bus.ts';
import { createMeteredBus, type BusWatch } from './metered-bus.ts';
import { openMetricRegistry, type MetricRegistry } from './metric-registry.ts';
import { openTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
import { createTracedBus } from './traced-bus.ts';

export interface Observation extends Telemetry {
	readonly registry: MetricRegistry;
	/** The bus as the program is to use it, and what may be asked of it. */
	watch(bus: MessageBus & Pick<BusWatch, 'lag'>): { bus: MessageBus; busWatch: BusWatch };
}

/** `endpoint` is OTEL_EXPORTER_OTLP_ENDPOINT. */
export async function openObservation(
	endpoint: string | undefined,
	options: Pick<TelemetryOptions, 'service' | 'instance'> & {
		readonly clock: TelemetryOptions['clock'] & { monotonicMs(): number };
	},
): Promise<Observation> {
	const { clock } = options;
	const registry = openMetricRegistry();
	const { version } = packageJson;
	const telemetry = await openTelemetry(endpoint, { ...options, version, registry });
	return {
		...telemetry,
		registry,
		watch: (bus) => {
			const busWatch = createMeteredBus({ bus, registry, clock });
			return { bus: createTracedBus(busWatch, telemetry.tracer), busWatch };
		},
	};
}
