// Events on their way to the brokers. One request at a time, and whatever comes meanwhile makes the next one:
// a single event leaves at once, a flood in large batches, and the order of a key survives every retry.
// Waiting events are bounded in bytes and in time. Knows nothing of what they mean.
import kafkajs, { type IHeaders, type Kafka, type Message, type Producer } from 'kafkajs';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Clock, Logger } from '../ports.ts';
import type { Topic } from '../topics.ts';
import type { Administration } from './administration.ts';
import { fromKafkaError, isTransient } from './kafka-error.ts';
import { pause } from './pause.ts';

/** Most bytes of one request. Brokers refuse batches of more than 1 MiB, and all of it may be one partition. */
const maxRequestBytes = 900_000;
/** Most bytes that wait: some 100,000 events, or half a minute of a broker that is away at a busy edge. */
const maxWaitingBytes = 32 * 1024 * 1024;
/** What an event costs beside key and value: record, batch and the promise of whoever waits. */
const overheadBytes = 100;
/** Between two requests that failed. kafkajs has tried for some seconds by then. */
const retryDelayMs = 250;

/** An event as it is stored. */
export interface OutgoingRecord {
	readonly topic: Topic;
	readonly key: string | Buffer | null;
	readonly value: Buffer | null;
	readonly headers?: IHeaders;
}

export interface EventOutbox {
	/** Resolves when every replica in step has it; rejects with `unavailable` when that takes too long. */
	send(record: OutgoingRecord): Promise<void>;
	waiting(): number;
	/** Takes nothing more, waits for what is on its way, lets go of the connection. */
	close(): Promise<void>;
}

interface Deps {
	readonly kafka: Kafka;
	readonly administration: Administration;
	readonly clock: Clock;
	readonly logger: Logger;
	/** How long an event may wait for a broker to take it. */
	readonly deliveryTimeoutMs: number;
}

interface Unsent extends OutgoingRecord {
	readonly bytes: number;
	readonly expiresMs: number;
	readonly resolve: () => void;
	readonly reject: (error: GiggityflixError) => void;
}

interface Outbox extends Deps {
	unsent: Unsent[];
	unsentBytes: number;
	producer: Producer | undefined;
	/** Set while there is anything to send. */
	sending: Promise<void> | undefined;
	isClosed: boolean;
}

export function createEventOutbox(deps: Deps): EventOutbox {
	const box: Outbox = {
		...deps,
		unsent: [],
		unsentBytes: 0,
		producer: undefined,
		sending: undefined,
		isClosed: false,
	};
	return {
		send: (record) => enqueue(box, record),
		waiting: () => box.unsent.length,
		async close() {
			box.isClosed = true;
			await box.sending;
			await dropProducer(box);
		},
	};
}

function enqueue(box: Outbox, record: OutgoingRecord): Promise<void> {
	const bytes = sizeOf(record);
	const refusal = whyNot(box, bytes);
	if (refusal) return Promise.reject(refusal);
	const stored = new Promise<void>((resolve, reject) => {
		const expiresMs = box.clock.monotonicMs() + box.deliveryTimeoutMs;
		box.unsent.push({ ...record, bytes, expiresMs, resolve, reject });
	});
	box.unsentBytes += bytes;
	box.sending ??= sendAll(box).finally(() => {
		box.sending = undefined;
	});
	return stored;
}

function whyNot(box: Outbox, bytes: number): GiggityflixError | undefined {
	if (box.isClosed) return new GiggityflixError('unavailable', 'the bus is closed');
	if (bytes > maxRequestBytes) {
		return new GiggityflixError('resource-exhausted', `an event of ${bytes} bytes is too large`);
	}
	if (box.unsentBytes + bytes > maxWaitingBytes) {
		return new GiggityflixError('unavailable', 'too many events wait for a broker');
	}
	return undefined;
}

async function sendAll(box: Outbox): Promise<void> {
	// The rest of this turn of the event loop goes along.
	await new Promise((resolve) => setImmediate(resolve));
	while (box.unsent.length > 0) {
		const batch = firstOf(box.unsent);
		try {
			await transmit(box, batch);
			for (const { resolve } of remove(box, batch.length)) resolve();
		} catch (caught) {
			await recover(box, batch, fromKafkaError(caught, 'events could not be sent'));
		}
	}
}

/** As many from the front as one request takes. */
function firstOf(unsent: readonly Unsent[]): Unsent[] {
	let bytes = 0;
	let count = 0;
	for (const event of unsent) {
		bytes += event.bytes;
		if (bytes > maxRequestBytes) break;
		count += 1;
	}
	return unsent.slice(0, count);
}

async function transmit(box: Outbox, batch: readonly Unsent[]): Promise<void> {
	const byTopic = Map.groupBy(batch, (event) => event.topic);
	await box.administration.ensureTopics([...byTopic.keys()]);
	box.producer ??= await connect(box.kafka);
	const topicMessages = [...byTopic].map(([topic, events]) => ({
		topic,
		messages: events.map(toMessage),
	}));
	await box.producer.sendBatch({ topicMessages, acks: -1 });
}

function toMessage({ key, value, headers }: Unsent): Message {
	return { key, value, ...(headers && { headers }) };
}

/**
 * A request that failed may have been stored all the same. Its producer is not used again: the brokers would
 * take the next request under the same sequence number for a repetition, and drop it.
 */
async function recover(
	box: Outbox,
	batch: readonly Unsent[],
	error: GiggityflixError,
): Promise<void> {
	await dropProducer(box);
	box.administration.forgetTopics();
	const givenUp = isTransient(error) ? countExpired(box) : batch.length;
	const { code, message } = error;
	box.logger.warn('events could not be sent', { code, error: message, givenUp });
	for (const { reject } of remove(box, givenUp)) reject(error);
	if (box.unsent.length > 0) await pause(box.clock, retryDelayMs);
}

/** Everything expires after the same time, so these are the first. A closed bus tries nothing twice. */
function countExpired({ isClosed, unsent, clock }: Outbox): number {
	const nowMs = clock.monotonicMs();
	return isClosed ? unsent.length : unsent.filter(({ expiresMs }) => expiresMs <= nowMs).length;
}

function remove(box: Outbox, count: number): Unsent[] {
	const removed = box.unsent.splice(0, count);
	for (const { bytes } of removed) box.unsentBytes -= bytes;
	return removed;
}

async function connect(kafka: Kafka): Promise<Producer> {
	const producer = kafka.producer({
		// Retries of kafkajs are then neither stored twice nor out of order.
		idempotent: true,
		allowAutoTopicCreation: false,
		createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
		retry: { initialRetryTime: 50, multiplier: 2, maxRetryTime: 500, retries: 5 },
	});
	await producer.connect();
	return producer;
}

/** A connection that cannot be closed is gone already. */
async function dropProducer(box: Outbox): Promise<void> {
	const { producer } = box;
	box.producer = undefined;
	await producer?.disconnect().catch(() => undefined);
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
	const texts = Object.values(headers ?? {}).map((header) => String(header).length);
	const headerBytes = texts.reduce((sum, length) => sum + length + overheadBytes, 0);
	return (key?.length ?? 0) + (value?.length ?? 0) + headerBytes + overheadBytes;
}
