// Time-outs of the Kafka bus for tests of faults, so that a dead member is noticed in seconds.
import type { KafkaBusTiming } from '../../../bus/kafka-bus.ts';

export const shortTiming: KafkaBusTiming = {
	sessionTimeoutMs: 3_000,
	rebalanceTimeoutMs: 5_000,
	heartbeatIntervalMs: 300,
	deliveryTimeoutMs: 5_000,
};
