// A broker that speaks TLS only and wants to know who asks: the bus gets in with both, and with neither alone.
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createKafkaBus } from '../../bus/kafka-bus.ts';
import type { KafkaAccess } from '../../bus/kafka-settings.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { asTopic } from '../../bus/topics.ts';
import { numbered } from '../support/numbered-events.ts';
import { startKafkaBroker, whyNoKafka, type KafkaBroker } from '../support/kafka/kafka-broker.ts';
import { trustNewCertificate, type TrustedCertificate } from '../support/trusted-certificate.ts';

const logger = { info: vi.fn(), warn: vi.fn() };
const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

describe.skipIf(whyNoKafka())('a broker that wants TLS and a password', () => {
	let certificate: TrustedCertificate;
	let broker: KafkaBroker;

	beforeAll(async () => {
		certificate = await trustNewCertificate();
		const keyStore = `${certificate.keyFile}.store`;
		await writeFile(keyStore, `${await readFile(certificate.keyFile, 'utf8')}${certificate.pem}`);
		broker = await startKafkaBroker({
			protocol: 'SASL_SSL',
			properties: `sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.broker.plain.sasl.jaas.config=${plain} username="broker" password="own" user_broker="own" user_edge="secret";
ssl.keystore.type=PEM
ssl.keystore.location=${keyStore}
ssl.truststore.type=PEM
ssl.truststore.location=${certificate.certFile}
`,
		});
	}, 120_000);
	afterAll(async () => {
		await broker.close();
		certificate.distrust();
	});

	const openBus = (access: Omit<KafkaAccess, 'brokers'>, deliveryTimeoutMs = 10_000) =>
		createKafkaBus({
			...{
				brokers: [broker.address],
				producer: 'edge',
				topicPartitions: 1,
				timing: { deliveryTimeoutMs },
			},
			...{ clock: nodeClock, logger, ...access },
			randomBytes: (target) => void crypto.getRandomValues(target),
		});
	const sasl = { mechanism: 'plain', username: 'edge', password: 'secret' } as const;

	it('lets in who knows the password', async () => {
		const bus = openBus({ isSecure: true, sasl });
		const topic = asTopic(`test.${randomUUID()}`);
		const handle = vi.fn(() => Promise.resolve());
		await bus.subscribe({ group: 'readers', topics: [topic], handle });
		await bus.publish(topic, 'key', numbered('key', 1));
		await expect.poll(() => handle.mock.calls.length).toBe(1);
		await bus.close();
	});

	it.each([
		['a wrong password', { isSecure: true, sasl: { ...sasl, password: 'guess' } }],
		['no password', { isSecure: true }],
		['no TLS', { sasl }],
	])('refuses %s', async (_, access) => {
		const bus = openBus(access, 500);
		const refused = bus.publish(asTopic('test.refused'), 'key', numbered('key', 1));
		await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
		await bus.close();
	});
});
