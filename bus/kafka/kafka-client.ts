// Where kafkajs is configured: its time-outs, its retries, its log. Everything in this folder that speaks to
// a broker starts from the client made here.
import kafkajs, { type Kafka, type LogEntry, type SASLOptions } from 'kafkajs';
import type { KafkaAccess } from '../kafka-settings.ts';
import type { Clock, Logger } from '../ports.ts';

export type { Kafka };

/** A line of kafkajs is logged again only after this: while a broker is away it repeats itself every 100 ms. */
const repeatAfterMs = 30_000;

interface ClientOptions extends KafkaAccess {
	readonly clientId: string;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	readonly logger: Logger;
}

export function createKafkaClient(options: ClientOptions): Kafka {
	const { brokers, clientId, isSecure = false, sasl } = options;
	return new kafkajs.Kafka({
		brokers: [...brokers],
		clientId,
		ssl: isSecure,
		...(sasl && { sasl: saslOf(sasl) }),
		connectionTimeout: 3_000,
		// A broker that hangs is noticed after this; joins and fetches add their own waiting to it.
		requestTimeout: 8_000,
		// Long enough for a new leader to be elected. What takes longer is tried again by us, visibly.
		retry: { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, retries: 4 },
		logLevel: kafkajs.logLevel.ERROR,
		logCreator: () => logTo(options),
	});
}

/** The type of kafkajs wants to know each mechanism by itself. */
function saslOf({ mechanism, ...credentials }: NonNullable<KafkaAccess['sasl']>): SASLOptions {
	switch (mechanism) {
		case 'plain':
			return { mechanism, ...credentials };
		case 'scram-sha-256':
			return { mechanism, ...credentials };
		case 'scram-sha-512':
			return { mechanism, ...credentials };
	}
}

/** What kafkajs calls an error it mostly mends itself, so it is news here. What matters we log where it matters. */
function logTo({ logger, clock }: { logger: Logger; clock: Pick<Clock, 'monotonicMs'> }) {
	const loggedMs = new Map<string, number>();
	return ({ namespace, log }: LogEntry) => {
		const line = `${namespace}: ${log.message}`;
		const nowMs = clock.monotonicMs();
		for (const [old, atMs] of loggedMs) if (nowMs - atMs > repeatAfterMs) loggedMs.delete(old);
		if (loggedMs.has(line)) return;
		loggedMs.set(line, nowMs);
		logger.info('kafka client', { line, error: String(log['error'] ?? '') });
	};
}
