// How a program of a cluster reaches its Kafka: the variables, and what they mean to the bus. Both the edge and the
// tracker take all of them. Knows nothing of topics.
import { z } from 'zod';
import {
	listOf,
	optionalText,
	wholeNumber,
	yesOrNo,
	type ConfigOf,
	type Settings,
} from './configuration.ts';

const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export const kafkaSettings = {
	KAFKA_BOOTSTRAP_SERVERS: {
		type: listOf(z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'must be host:port')),
		default: '',
		description:
			'Brokers of the Kafka cluster that carries the events between programs, each host:port, separated by commas. Edges and trackers that are programs of their own need it; in one process events stay there.',
	},
	KAFKA_TOPIC_PARTITIONS: {
		type: wholeNumber(1, 1_000),
		default: '12',
		description:
			'Partitions of a topic that has to be created: the most trackers that can share its events. Topics that exist stay as they are.',
	},
	KAFKA_SSL: {
		type: yesOrNo,
		default: 'false',
		description:
			'Whether brokers are spoken to with TLS: true or false. NODE_EXTRA_CA_CERTS names a certificate authority of your own.',
	},
	KAFKA_SASL_MECHANISM: {
		type: z
			.enum(['', ...saslMechanisms], { error: `must be one of ${saslMechanisms.join(', ')}` })
			.transform((mechanism) => (mechanism === '' ? undefined : mechanism)),
		default: '',
		description: `How the program proves to brokers who it is: ${saslMechanisms.join(', ')}. Empty: not at all.`,
	},
	KAFKA_SASL_USERNAME: {
		type: optionalText,
		default: '',
		description: 'Name the brokers know the program by. With KAFKA_SASL_MECHANISM.',
	},
	KAFKA_SASL_PASSWORD: {
		type: optionalText,
		default: '',
		description: 'Password of KAFKA_SASL_USERNAME.',
		secret: true,
	},
} as const satisfies Settings;

type KafkaConfig = ConfigOf<typeof kafkaSettings>;

/** Where the brokers are, and how they are spoken to. */
export interface KafkaAccess {
	/** Brokers to ask for the others, each `host:port`. */
	readonly brokers: readonly string[];
	/** With TLS. No when not given. */
	readonly isSecure?: boolean;
	/** Nobody in particular when not given. */
	readonly sasl?: {
		readonly mechanism: (typeof saslMechanisms)[number];
		readonly username: string;
		readonly password: string;
	};
}

export function kafkaAccessOf(config: KafkaConfig): KafkaAccess {
	const {
		KAFKA_SASL_MECHANISM: mechanism,
		KAFKA_SASL_USERNAME: username = '',
		KAFKA_SASL_PASSWORD: password = '',
	} = config;
	return {
		brokers: config.KAFKA_BOOTSTRAP_SERVERS,
		isSecure: config.KAFKA_SSL,
		...(mechanism && { sasl: { mechanism, username, password } }),
	};
}

/** What is wrong with the configuration of a program that has its bus to share. */
export function problemsOfKafka(config: KafkaConfig): string[] {
	const credentials = [config.KAFKA_SASL_USERNAME, config.KAFKA_SASL_PASSWORD];
	const isNamed = config.KAFKA_SASL_MECHANISM !== undefined;
	const isWhole = credentials.every((text) => (text !== undefined) === isNamed);
	return [
		...(config.KAFKA_BOOTSTRAP_SERVERS.length > 0
			? []
			: ['KAFKA_BOOTSTRAP_SERVERS: needed, for events travel between programs by Kafka']),
		...(isWhole
			? []
			: ['KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: set all, or none']),
	];
}
