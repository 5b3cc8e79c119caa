// The queue of one consumer group of the memory bus: one lane for each topic and key, one event of a
// lane at a time, lanes side by side up to a bound, redelivery, and members that share the lanes. Events
// lie here encoded and are decoded for each delivery, so nobody shares an object with anybody.
import { fromBinary } from '@bufbuild/protobuf';
import { BusEventSchema } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { MessageBus, Subscription } from './message-bus.ts';
import type { Clock } from './ports.ts';
import { nextTryDelayMs } from './redelivery.ts';
import type { Topic } from './topics.ts';

/** Handlers of one group that run at once. More would hide a slow handler; one would be kinder than Kafka. */
const maxRunning = 16;

/** An event as it waits. */
export interface Delivery {
	readonly topic: Topic;
	readonly key: string;
	readonly bytes: Uint8Array;
}

/** What becomes of deliveries, for logs and metrics. */
export interface DeliveryObserver {
	delivered(delivery: Delivery): void;
	retrying(delivery: Delivery, error: unknown): void;
	putAside(delivery: Delivery, error: unknown): void;
}

export interface DeliveryGroup {
	/** Events that wait or are being handled. */
	lag(): number;
	hasMembers(): boolean;
	/** Takes an event when a member wants its topic. */
	enqueue(delivery: Delivery): void;
	/** Resolves when the group lags by no more than `maxLag` events, or has nobody left. */
	room(maxLag: number): Promise<void>;
	join(member: Pick<Parameters<MessageBus['subscribe']>[0], 'topics' | 'handle'>): Subscription;
}

interface Lane {
	readonly name: string;
	readonly deliveries: Delivery[];
	failures: number;
	/** Set while the lane waits for its next try. */
	cancelRetry?: () => void;
}

interface Member {
	readonly topics: ReadonlySet<Topic>;
	readonly handle: Parameters<MessageBus['subscribe']>[0]['handle'];
	readonly running: Set<Promise<void>>;
}

export function createDeliveryGroup(deps: {
	clock: Pick<Clock, 'after'>;
	observer: DeliveryObserver;
}): DeliveryGroup {
	const { clock, observer } = deps;
	const lanes = new Map<string, Lane>();
	/** Lanes with an event to deliver now, in the order they became ready. */
	const ready = new Set<Lane>();
	const members: Member[] = [];
	let waitingForRoom: { maxLag: number; resolve: () => void }[] = [];
	let lag = 0;
	let running = 0;
	let isScheduled = false;

	/** Deliveries start from the event loop, never inside publish, and leave sockets their turn. */
	function schedule(): void {
		if (isScheduled || ready.size === 0) return;
		isScheduled = true;
		setImmediate(() => {
			isScheduled = false;
			for (const lane of ready) {
				if (running >= maxRunning) break;
				ready.delete(lane);
				start(lane);
			}
		});
	}

	function start(lane: Lane): void {
		const [delivery] = lane.deliveries;
		const member = delivery && memberFor(delivery);
		if (!member) {
			discard(lane);
			return;
		}
		running += 1;
		const run = deliver(lane, delivery, member).finally(() => {
			running -= 1;
			member.running.delete(run);
			schedule();
		});
		member.running.add(run);
	}

	async function deliver(lane: Lane, delivery: Delivery, member: Member): Promise<void> {
		try {
			await member.handle(fromBinary(BusEventSchema, delivery.bytes), delivery.topic);
			observer.delivered(delivery);
		} catch (error) {
			lane.failures += 1;
			const delayMs = nextTryDelayMs(lane.failures);
			if (delayMs !== undefined) {
				observer.retrying(delivery, error);
				retryAfter(lane, delayMs);
				return;
			}
			observer.putAside(delivery, error);
		}
		lane.deliveries.shift();
		lane.failures = 0;
		if (lane.deliveries.length > 0) ready.add(lane);
		else lanes.delete(lane.name);
		reduceLag(1);
	}

	function retryAfter(lane: Lane, delayMs: number): void {
		lane.cancelRetry = clock.after(delayMs, () => {
			delete lane.cancelRetry;
			ready.add(lane);
			schedule();
		});
	}

	/** A key stays with one member as long as the members stay the same. */
	function memberFor({ topic, key }: Delivery): Member | undefined {
		const candidates = members.filter((member) => member.topics.has(topic));
		return candidates[hash(key) % candidates.length];
	}

	function discard(lane: Lane): void {
		lane.cancelRetry?.();
		lanes.delete(lane.name);
		reduceLag(lane.deliveries.length);
	}

	function reduceLag(count: number): void {
		lag -= count;
		const isServed = (waiting: { maxLag: number }) => lag <= waiting.maxLag;
		waitingForRoom.filter(isServed).forEach(({ resolve }) => {
			resolve();
		});
		waitingForRoom = waitingForRoom.filter((waiting) => !isServed(waiting));
	}

	async function leave(member: Member): Promise<void> {
		const index = members.indexOf(member);
		if (index !== -1) members.splice(index, 1);
		await Promise.all(member.running);
		if (members.length > 0) return;
		ready.clear();
		for (const lane of [...lanes.values()]) discard(lane);
	}

	return {
		lag: () => lag,
		hasMembers: () => members.length > 0,
		enqueue(delivery) {
			if (!memberFor(delivery)) return;
			const name = `${delivery.topic}\n${delivery.key}`;
			const lane = lanes.get(name) ?? { name, deliveries: [], failures: 0 };
			lane.deliveries.push(delivery);
			lag += 1;
			if (lane.deliveries.length > 1) return;
			lanes.set(name, lane);
			ready.add(lane);
			schedule();
		},
		async room(maxLag) {
			if (lag <= maxLag) return;
			await new Promise<void>((resolve) => waitingForRoom.push({ maxLag, resolve }));
		},
		join({ topics, handle }) {
			const member: Member = { topics: new Set(topics), handle, running: new Set() };
			members.push(member);
			return { close: () => leave(member) };
		},
	};
}

/** FNV-1a, to spread keys over members. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index += 1) {
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	}
	return value >>> 0;
}
