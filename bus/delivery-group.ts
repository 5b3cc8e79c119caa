// The queue of one consumer group of the memory bus: one lane for each topic and key, one event of a
// lane at a time, or what waits together where the member takes it so, lanes side by side up to a bound,
// redelivery, and members that share the lanes. Events lie here encoded and are decoded for each delivery,
// so nobody shares an object with anybody.
import { fromBinary } from '@bufbuild/protobuf';
import { BusEventSchema } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { Handlers, Subscription } from './message-bus.ts';
import type { Clock } from './ports.ts';
import { nextTryDelayMs } from './redelivery.ts';
import { handOver, mostTogether } from './together.ts';
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
	delivered(events: number): void;
	retrying(delivery: Delivery, error: unknown): void;
	putAside(delivery: Delivery, error: unknown): void;
}

export interface DeliveryGroup {
	/** Events that wait or are being handled. */
	lag(): number;
	/** The same by topic; topics without any are left out. */
	lagByTopic(): Map<Topic, number>;
	hasMembers(): boolean;
	/** Takes an event when a member wants its topic. */
	enqueue(delivery: Delivery): void;
	/** Resolves when the group lags by no more than `maxLag` events, or has nobody left. */
	room(maxLag: number): Promise<void>;
	join(member: { topics: readonly Topic[] } & Handlers): Subscription;
}

interface Lane {
	readonly name: string;
	readonly deliveries: Delivery[];
	failures: number;
	/** How many come one by one because they failed together. */
	alone: number;
	/** Set while the lane waits for its next try. */
	cancelRetry?: () => void;
}

interface Member extends Handlers {
	readonly topics: ReadonlySet<Topic>;
	readonly running: Set<Promise<void>>;
}

interface Group {
	readonly clock: Pick<Clock, 'after'>;
	readonly observer: DeliveryObserver;
	readonly members: Member[];
	readonly lanes: Map<string, Lane>;
	/** Lanes with an event to deliver now, in the order they became ready. */
	readonly ready: Set<Lane>;
	waitingForRoom: { readonly maxLag: number; readonly resolve: () => void }[];
	lag: number;
	running: number;
	isScheduled: boolean;
}

export function createDeliveryGroup(deps: Pick<Group, 'clock' | 'observer'>): DeliveryGroup {
	const group: Group = {
		...deps,
		members: [],
		lanes: new Map(),
		ready: new Set(),
		waitingForRoom: [],
		lag: 0,
		running: 0,
		isScheduled: false,
	};
	return {
		lag: () => group.lag,
		lagByTopic: () => lagByTopic(group),
		hasMembers: () => group.members.length > 0,
		enqueue: (delivery) => enqueue(group, delivery),
		room: async (maxLag) => {
			if (group.lag <= maxLag) return;
			await new Promise<void>((resolve) => group.waitingForRoom.push({ maxLag, resolve }));
		},
		join: ({ topics, ...handlers }) => {
			const member: Member = { ...handlers, topics: new Set(topics), running: new Set() };
			group.members.push(member);
			return { close: () => leave(group, member) };
		},
	};
}

function enqueue(group: Group, delivery: Delivery): void {
	if (!memberFor(group, delivery)) return;
	const name = `${delivery.topic}\n${delivery.key}`;
	const lane = group.lanes.get(name) ?? { name, deliveries: [], failures: 0, alone: 0 };
	lane.deliveries.push(delivery);
	group.lag += 1;
	if (lane.deliveries.length > 1) return;
	group.lanes.set(name, lane);
	group.ready.add(lane);
	schedule(group);
}

/** Deliveries start from the event loop, never inside publish, and leave sockets their turn. */
function schedule(group: Group): void {
	if (group.isScheduled || group.ready.size === 0) return;
	group.isScheduled = true;
	setImmediate(() => {
		group.isScheduled = false;
		for (const lane of group.ready) {
			if (group.running >= maxRunning) break;
			group.ready.delete(lane);
			start(group, lane);
		}
	});
}

function start(group: Group, lane: Lane): void {
	const [delivery] = lane.deliveries;
	const member = delivery && memberFor(group, delivery);
	if (!member) {
		discard(group, lane);
		return;
	}
	group.running += 1;
	const run = deliver(group, lane, member).finally(() => {
		group.running -= 1;
		member.running.delete(run);
		schedule(group);
	});
	member.running.add(run);
}

async function deliver(group: Group, lane: Lane, member: Member): Promise<void> {
	const { observer } = group;
	const deliveries = nextOf(lane, member);
	const [first] = deliveries;
	if (!first) return;
	try {
		const events = deliveries.map(({ bytes }) => fromBinary(BusEventSchema, bytes));
		await handOver(member, events, first.topic);
		observer.delivered(events.length);
	} catch (error) {
		if (deliveries.length > 1) {
			lane.alone = deliveries.length;
			observer.retrying(first, error);
			group.ready.add(lane);
			return;
		}
		lane.failures += 1;
		const delayMs = nextTryDelayMs(lane.failures);
		if (delayMs !== undefined) {
			observer.retrying(first, error);
			retryAfter(group, lane, delayMs);
			return;
		}
		observer.putAside(first, error);
	}
	goOn(group, lane, deliveries.length);
}

/** What of a lane is handled at a time. */
function nextOf({ deliveries, failures, alone }: Lane, { handleTogether }: Member): Delivery[] {
	const areTogether = handleTogether && failures + alone === 0;
	return deliveries.slice(0, areTogether ? mostTogether : 1);
}

/** The first events of a lane are done with. */
function goOn(group: Group, lane: Lane, count: number): void {
	lane.deliveries.splice(0, count);
	lane.failures = 0;
	lane.alone = Math.max(0, lane.alone - count);
	if (lane.deliveries.length > 0) group.ready.add(lane);
	else group.lanes.delete(lane.name);
	reduceLag(group, count);
}

function retryAfter(group: Group, lane: Lane, delayMs: number): void {
	lane.cancelRetry = group.clock.after(delayMs, () => {
		delete lane.cancelRetry;
		group.ready.add(lane);
		schedule(group);
	});
}

/** A key stays with one member as long as the members stay the same. */
function memberFor({ members }: Group, { topic, key }: Delivery): Member | undefined {
	const candidates = members.filter((member) => member.topics.has(topic));
	return candidates[hash(key) % candidates.length];
}

function discard(group: Group, lane: Lane): void {
	lane.cancelRetry?.();
	group.lanes.delete(lane.name);
	reduceLag(group, lane.deliveries.length);
}

function reduceLag(group: Group, count: number): void {
	group.lag -= count;
	if (group.waitingForRoom.length === 0) return;
	const served = group.waitingForRoom.filter(({ maxLag }) => group.lag <= maxLag);
	group.waitingForRoom = group.waitingForRoom.filter(({ maxLag }) => group.lag > maxLag);
	for (const { resolve } of served) resolve();
}

function lagByTopic({ lanes }: Group): Map<Topic, number> {
	const lag = new Map<Topic, number>();
	for (const { deliveries } of lanes.values()) {
		const [first] = deliveries;
		if (first) lag.set(first.topic, (lag.get(first.topic) ?? 0) + deliveries.length);
	}
	return lag;
}

async function leave(group: Group, member: Member): Promise<void> {
	const index = group.members.indexOf(member);
	if (index !== -1) group.members.splice(index, 1);
	await Promise.all(member.running);
	if (group.members.length > 0) return;
	group.ready.clear();
	for (const lane of [...group.lanes.values()]) discard(group, lane);
}

/** FNV-1a, to spread keys over members. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index += 1) {
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	}
	return value >>> 0;
}
