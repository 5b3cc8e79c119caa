// The variables that several programs read: what they take and what they refuse.
import { describe, expect, it } from 'vitest';
import { defineConfig } from '../../../bus/configuration.ts';
import { sharedSettings } from '../../../bus/shared-settings.ts';

const { readConfig } = defineConfig(sharedSettings);

describe('sharedSettings', () => {
	it('names no broker unless told', () => {
		expect(readConfig({})).toMatchObject({
			KAFKA_BOOTSTRAP_SERVERS: [],
			KAFKA_TOPIC_PARTITIONS: 12,
		});
	});

	it('takes several brokers and refuses what is no address', () => {
		const config = readConfig({ KAFKA_BOOTSTRAP_SERVERS: 'kafka-1:9092, kafka-2:9092' });
		expect(config.KAFKA_BOOTSTRAP_SERVERS).toEqual(['kafka-1:9092', 'kafka-2:9092']);
		for (const wrong of ['kafka', 'kafka://kafka:9092', 'kafka:port']) {
			expect(() => readConfig({ KAFKA_BOOTSTRAP_SERVERS: wrong })).toThrow(/must be host:port/);
		}
	});
});
