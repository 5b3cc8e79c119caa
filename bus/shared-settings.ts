// Variables that the edge and the tracker both read, defined once so that their meaning and default cannot
// drift apart. Each program spreads those it needs into its own config.ts.
import { z } from 'zod';
import { optionalText, wholeNumber, type Settings } from './configuration.ts';
import { asTopic, defaultTopics, type Topic } from './topics.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** The name of a topic, as Kafka allows it. */
export const topicName: z.ZodType<Topic, string> = z
	.string()
	.regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be a name Kafka allows for a topic')
	.transform(asTopic);

export const sharedSettings = {
	DATA_DIR: {
		type: z.string().min(1, 'must name a directory'),
		default: './data',
		description: 'Directory of everything that is kept on disk. Made when it does not exist.',
	},
	HEARTBEAT_INTERVAL_SECONDS: {
		type: wholeNumber(1, 3600),
		default: '30',
		description: 'How often a peer and its edge tell each other that they are alive.',
	},
	CONNECTION_TIMEOUT_SECONDS: {
		type: wholeNumber(2, 86_400),
		default: '120',
		description: 'How long a silent peer counts as connected. Longer than two heartbeats.',
	},
	LEASE_SECONDS: {
		type: wholeNumber(3, 3600),
		default: '30',
		description:
			'How long a peer is kept from other edges when its edge dies, and how long an edge that does not reach the tracker keeps its peers. The same for every program of a cluster.',
	},
	KAFKA_CATALOG_AVAILABILITY_CHANGED_TOPIC: {
		type: topicName,
		default: defaultTopics.catalogAvailabilityChanged,
		description: 'Topic that says who can serve an entry has changed.',
	},
	KAFKA_CATALOG_SUBSCRIPTION_MATCHED_TOPIC: {
		type: topicName,
		default: defaultTopics.catalogSubscriptionMatched,
		description: 'Topic that says something a peer waits for can be watched.',
	},
	LOG_LEVEL: {
		type: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }),
		default: 'info',
		description: `Least important line that is logged: ${logLevels.join(', ')}.`,
	},
	OTEL_EXPORTER_OTLP_ENDPOINT: {
		type: optionalText.refine((text) => text === undefined || /^https?:\/\//.test(text), {
			error: 'must be an http or https URL',
		}),
		default: '',
		description:
			'Base URL of an OpenTelemetry collector that takes OTLP over HTTP, such as http://localhost:4318. When not set, no traces and metrics are sent.',
	},
} as const satisfies Settings;
