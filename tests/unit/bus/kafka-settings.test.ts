// The variables that say how Kafka is reached: what they take, what they refuse, and what they mean.
import { describe, expect, it } from 'vitest';
import { defineConfig } from '../../../bus/configuration.ts';
import { kafkaAccessOf, kafkaSettings, problemsOfKafka } from '../../../bus/kafka-settings.ts';

const { readConfig } = defineConfig(kafkaSettings, problemsOfKafka);
const one = { KAFKA_BOOTSTRAP_SERVERS: 'kafka:9092' };
const credentials = { KAFKA_SASL_USERNAME: 'edge', KAFKA_SASL_PASSWORD: 'secret' };

describe('kafkaSettings', () => {
	it('needs a broker, and takes several', () => {
		expect(() => readConfig({})).toThrow(/KAFKA_BOOTSTRAP_SERVERS: needed/);
		const config = readConfig({ KAFKA_BOOTSTRAP_SERVERS: 'kafka-1:9092, kafka-2:9092' });
		expect(config.KAFKA_TOPIC_PARTITIONS).toBe(12);
		const brokers = ['kafka-1:9092', 'kafka-2:9092'];
		expect(kafkaAccessOf(config)).toEqual({ brokers, isSecure: false });
		for (const wrong of ['kafka', 'kafka://kafka:9092', 'kafka:port']) {
			expect(() => readConfig({ KAFKA_BOOTSTRAP_SERVERS: wrong })).toThrow(/must be host:port/);
		}
	});

	it('speaks TLS and says who it is when it is told to', () => {
		const config = readConfig({
			...{ ...one, ...credentials },
			...{ KAFKA_SSL: 'true', KAFKA_SASL_MECHANISM: 'scram-sha-512' },
		});
		expect(kafkaAccessOf(config)).toEqual({
			...{ brokers: ['kafka:9092'], isSecure: true },
			sasl: { mechanism: 'scram-sha-512', username: 'edge', password: 'secret' },
		});
	});

	it('refuses half of what says who it is, and does not print the password', () => {
		const mechanism = { KAFKA_SASL_MECHANISM: 'plain' };
		for (const half of [mechanism, credentials, { ...mechanism, KAFKA_SASL_USERNAME: 'edge' }]) {
			expect(() => readConfig({ ...one, ...half })).toThrow(/set all, or none/);
		}
		const unknown = { ...one, ...credentials, KAFKA_SASL_MECHANISM: 'gssapi' };
		expect(() => readConfig(unknown)).toThrow(/must be one of plain/);
		expect(() => readConfig(unknown)).not.toThrow(/secret/);
	});
});
