// One life of one consumer: from joining its group until it is closed or kafkajs gives it up. Does not start
// itself again; supervised-consumer.ts does. Reports a sign of life whenever kafkajs does anything.
import type { Consumer, Kafka } from 'kafkajs';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Clock } from '../ports.ts';
import type { Topic } from '../topics.ts';
import { deliverBatch, type BatchDeliveryDeps } from './batch-delivery.ts';
import { fromKafkaError } from './kafka-error.ts';
import { commitStartingOffsets, createAssigner } from './starting-offsets.ts';

export interface ConsumerTiming {
	/** A member that is silent for so long is dead to its group, and its partitions go to others. */
	readonly sessionTimeoutMs: number;
	/** How long a rebalance waits for members that still handle events. */
	readonly rebalanceTimeoutMs: number;
	/** Also how soon a member notices a rebalance, so it bounds how long one takes. */
	readonly heartbeatIntervalMs: number;
}

/** Bytes of one partition in one batch: some thousand events, handled well within a session. */
const maxBytesPerPartition = 512 * 1024;
/** Partitions whose batches are handled, and committed, side by side. Those beyond it would wait their turn. */
const partitionsConsumedConcurrently = 16;
/** In a batch that takes long, what is done is committed so often. */
const commitIntervalMs = 1_000;

export interface ConsumerRun {
	/** Resolves with the reason when kafkajs gives up. Never rejects; a closed run does not end. */
	readonly crashed: Promise<GiggityflixError>;
	/** When kafkajs last did anything, by `Clock.monotonicMs`. */
	lastSignMs(): number;
	/** Starts no more handlers, waits for the running ones, commits and leaves the group. */
	close(): Promise<void>;
}

export interface ConsumerRunDeps extends Omit<
	BatchDeliveryDeps,
	'mayGoOn' | 'heartbeatIntervalMs'
> {
	readonly kafka: Kafka;
	readonly topics: readonly Topic[];
	readonly clock: Clock;
	readonly timing: ConsumerTiming;
}

/** Resolves when the member has joined its group: what is published from then on is delivered. */
export async function startConsumerRun(deps: ConsumerRunDeps): Promise<ConsumerRun> {
	const { kafka, group, topics, timing } = deps;
	const { assigner, cluster } = createAssigner();
	const consumer = kafka.consumer({
		groupId: group,
		partitionAssigners: [assigner],
		sessionTimeout: timing.sessionTimeoutMs,
		rebalanceTimeout: timing.rebalanceTimeoutMs,
		heartbeatInterval: timing.heartbeatIntervalMs,
		// A broker answers at once when there is anything; a quiet one is asked again in time for a heartbeat.
		minBytes: 1,
		maxWaitTimeInMs: timing.heartbeatIntervalMs,
		maxBytesPerPartition,
		allowAutoTopicCreation: false,
		retry: {
			initialRetryTime: 100,
			multiplier: 2,
			maxRetryTime: 1_000,
			retries: 4,
			// Starting again is our watchdog's business.
			restartOnFailure: () => Promise.resolve(false),
		},
	});
	try {
		await consumer.connect();
		await commitStartingOffsets(cluster(), group, topics);
		await consumer.subscribe({ topics: [...topics], fromBeginning: true });
		return await run(consumer, deps);
	} catch (caught) {
		await consumer.disconnect().catch(() => undefined);
		throw fromKafkaError(caught, `group ${group} could not be joined`);
	}
}

async function run(consumer: Consumer, deps: ConsumerRunDeps): Promise<ConsumerRun> {
	const { clock, timing } = deps;
	const { CRASH, FETCH_START, GROUP_JOIN } = consumer.events;
	let isClosing = false;
	let isInterrupted = false;
	const lastSignMs = watchSigns(consumer, clock);

	const crashed = new Promise<GiggityflixError>((resolve) => {
		consumer.on(CRASH, ({ payload: { error } }) =>
			resolve(fromKafkaError(error, `a consumer of ${deps.group} crashed`)),
		);
	});
	const joined = new Promise<undefined>((resolve) => {
		consumer.on(GROUP_JOIN, () => resolve(undefined));
	});
	consumer.on(FETCH_START, () => {
		isInterrupted = false;
	});

	const delivery: BatchDeliveryDeps = {
		...deps,
		heartbeatIntervalMs: timing.heartbeatIntervalMs,
		mayGoOn: () => !isClosing && !isInterrupted,
	};
	await consumer.run({
		eachBatchAutoResolve: false,
		autoCommitInterval: commitIntervalMs,
		partitionsConsumedConcurrently,
		eachBatch: async (payload) => {
			try {
				await deliverBatch(delivery, payload);
			} catch (error) {
				// kafkajs joins again, or fetches again, only when all batches of this fetch have come to an end.
				isInterrupted = true;
				throw error;
			}
		},
	});
	const failure = await Promise.race([joined, crashed]);
	if (failure) throw failure;
	return {
		crashed,
		lastSignMs,
		async close() {
			isClosing = true;
			await consumer.disconnect();
		},
	};
}

function watchSigns(consumer: Consumer, clock: Pick<Clock, 'monotonicMs'>): () => number {
	let lastMs = clock.monotonicMs();
	const { FETCH, HEARTBEAT, GROUP_JOIN, END_BATCH_PROCESS } = consumer.events;
	for (const event of [FETCH, HEARTBEAT, GROUP_JOIN, END_BATCH_PROCESS] as const) {
		consumer.on(event as typeof FETCH, () => {
			lastMs = clock.monotonicMs();
		});
	}
	return () => lastMs;
}
