// The bus of a simulated cluster, as unkind as Kafka may be: events are stored late or twice, delivered late, again after
// a crash from the last committed one on, in order for one key only; while it is away nothing is stored or delivered.
// Some that wait of one key come together to those who take them so, and after a failure each by itself. Groups outlive
// their members. The rules of trying again are the product's own.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { createEventSeal } from '../../../bus/event-envelope.ts';
import type { Handlers, MessageBus, Subscription } from '../../../bus/message-bus.ts';
import { nextTryDelayMs } from '../../../bus/redelivery.ts';
import { handOver, mostTogether } from '../../../bus/together.ts';
import type { Topic } from '../../../bus/topics.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { BusEventSchema } from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { createProducer, type EventRecord } from './simulated-producer.ts';
import { clockOf, type Life, type Surroundings } from './surroundings.ts';

/** How long after an attempt to deliver the next is made while the bus is away. */
const retryMs = 250;

export interface SimulatedBus {
	/** The bus as one program sees it. */
	connect(life: Life): MessageBus;
	/** The program is gone: its groups go on without it, from what was committed. */
	crashed(life: Life): void;
	setAway(isAway: boolean): void;
	/** Whether events come late and twice more often than usual. */
	setUnruly(isUnruly: boolean): void;
	/** Events that wait or are being handled, of all groups. */
	lag(): number;
	/** Events given up. */
	deadLetters(): readonly string[];
}

/** Events of one topic and key on their way to one group. */
interface Lane {
	readonly name: string;
	waiting: EventRecord[];
	/** Handled and not committed: a crash brings them again. */
	handled: EventRecord[];
	member: Member | undefined;
	/** Rises when what is under way does not count any more. */
	turn: number;
	failures: number;
	/** How many come one by one because they failed together. */
	alone: number;
}

interface Member extends Handlers {
	readonly life: Life;
	readonly topics: ReadonlySet<Topic>;
	readonly running: Set<Promise<void>>;
}

interface Group {
	readonly name: string;
	readonly topics: Set<Topic>;
	readonly lanes: Map<string, Lane>;
	members: Member[];
}

interface Broker extends Surroundings {
	readonly groups: Map<string, Group>;
	readonly deadLetters: string[];
	isAway: boolean;
	isUnruly: boolean;
}

export function createSimulatedBus(surroundings: Surroundings): SimulatedBus {
	const broker: Broker = {
		...surroundings,
		groups: new Map(),
		deadLetters: [],
		isAway: false,
		isUnruly: false,
	};
	return {
		connect: (life) => connect(broker, life),
		crashed: (life) => {
			for (const group of broker.groups.values()) {
				for (const member of group.members) {
					if (member.life === life) leave(broker, group, member, 'crashed');
				}
			}
		},
		setAway: (isAway) => {
			broker.isAway = isAway;
		},
		setUnruly: (isUnruly) => {
			broker.isUnruly = isUnruly;
		},
		lag: () => {
			const lanes = [...broker.groups.values()].flatMap((group) => [...group.lanes.values()]);
			return lanes.reduce((sum, { waiting }) => sum + waiting.length, 0);
		},
		deadLetters: () => broker.deadLetters,
	};
}

function connect(broker: Broker, life: Life): MessageBus {
	const clock = clockOf(life, broker.time);
	const seal = createEventSeal({ producer: life.name, clock, randomBytes: broker.choice.fill });
	const send = createProducer(broker, life, (record) => append(broker, life, record));
	const joined = new Set<Subscription>();
	return {
		publish: async (topic, key, body) =>
			send({ topic, key, bytes: toBinary(BusEventSchema, seal(body)) }),
		subscribe: async ({ group: name, topics, ...handlers }) => {
			await clock.sleep(broker.choice.between(1, 50));
			const group = openGroup(broker, name, topics);
			const running = new Set<Promise<void>>();
			const member: Member = { life, topics: new Set(topics), running, ...handlers };
			group.members.push(member);
			for (const lane of group.lanes.values()) wake(broker, group, lane);
			const subscription: Subscription = {
				close: async () => {
					joined.delete(subscription);
					leave(broker, group, member, 'closed');
					await Promise.all(member.running);
				},
			};
			joined.add(subscription);
			return subscription;
		},
		close: async () => {
			await Promise.all([...joined].map((subscription) => subscription.close()));
		},
	};
}

function append(broker: Broker, life: Life, { topic, key, bytes }: EventRecord): void {
	broker.log.note(`bus ${life.name} stores ${topic} ${key}`);
	for (const group of broker.groups.values()) {
		if (!group.topics.has(topic)) continue;
		const name = `${topic} ${key}`;
		const lane = group.lanes.get(name) ?? newLane(name);
		group.lanes.set(name, lane);
		lane.waiting.push({ topic, key, bytes });
		wake(broker, group, lane);
	}
}

function newLane(name: string): Lane {
	return { name, waiting: [], handled: [], member: undefined, turn: 0, failures: 0, alone: 0 };
}

function openGroup(broker: Broker, name: string, topics: readonly Topic[]): Group {
	const group = broker.groups.get(name) ?? {
		name,
		topics: new Set<Topic>(),
		lanes: new Map<string, Lane>(),
		members: [],
	};
	for (const topic of topics) group.topics.add(topic);
	broker.groups.set(name, group);
	return group;
}

function wake(broker: Broker, group: Group, lane: Lane): void {
	const [record] = lane.waiting;
	if (lane.member || !record) return;
	const member = memberFor(group, record);
	if (!member) return;
	lane.member = member;
	const { choice, isUnruly } = broker;
	const delayMs = choice.happens(isUnruly ? 0.1 : 0.01) ? 2_000 : 4;
	deliverAfter(broker, group, lane, choice.between(0.2, delayMs));
}

function deliverAfter(broker: Broker, group: Group, lane: Lane, delayMs: number): void {
	const { turn } = lane;
	broker.time.after(delayMs, () => {
		if (lane.turn !== turn) return;
		if (broker.isAway) deliverAfter(broker, group, lane, retryMs);
		else deliver(broker, group, lane);
	});
}

function deliver(broker: Broker, group: Group, lane: Lane): void {
	const { member, turn } = lane;
	const records = nextOf(broker, lane);
	const [first] = records;
	if (!first || !member || member.life.isOver) return;
	broker.log.note(`bus ${group.name} gets ${records.length} of ${lane.name}`);
	const isOurs = () => lane.turn === turn && !member.life.isOver;
	const events = records.map(({ bytes }) => fromBinary(BusEventSchema, bytes));
	const run = handOver(member, events, first.topic).then(
		() => {
			if (isOurs()) goOn(broker, group, lane, records);
		},
		(caught: unknown) => {
			if (isOurs()) fail(broker, group, lane, records, GiggityflixError.from(caught));
		},
	);
	member.running.add(run);
	void run.finally(() => member.running.delete(run));
}

/** What of a lane is handled next: whoever takes events together gets some of those that wait, or one. */
function nextOf({ choice }: Broker, { member, waiting, failures, alone }: Lane): EventRecord[] {
	const areTogether = member?.handleTogether && failures + alone === 0;
	const most = areTogether ? Math.min(waiting.length, mostTogether) : 1;
	return waiting.slice(0, most > 1 ? 1 + choice.below(most) : 1);
}

function fail(
	broker: Broker,
	group: Group,
	lane: Lane,
	records: readonly EventRecord[],
	{ code, message }: GiggityflixError,
): void {
	broker.log.note(`bus ${group.name} failed ${lane.name}: ${code} ${message}`);
	if (records.length > 1) {
		lane.alone = records.length;
		deliverAfter(broker, group, lane, 0);
		return;
	}
	lane.failures += 1;
	const delayMs = nextTryDelayMs(lane.failures);
	if (delayMs !== undefined) deliverAfter(broker, group, lane, delayMs);
	else {
		broker.deadLetters.push(`${group.name} ${lane.name}: ${code} ${message}`);
		goOn(broker, group, lane, records);
	}
}

/** Each is committed some time later, with those before it: what came together may come again in part. */
function goOn(broker: Broker, group: Group, lane: Lane, records: readonly EventRecord[]): void {
	lane.waiting.splice(0, records.length);
	lane.handled.push(...records);
	lane.failures = 0;
	lane.alone = Math.max(0, lane.alone - records.length);
	lane.member = undefined;
	for (const record of records) {
		broker.time.after(broker.choice.between(5, 1_000), () => {
			lane.handled.splice(0, lane.handled.indexOf(record) + 1);
			// Its key may have a lane anew.
			const isLeft = lane.waiting.length + lane.handled.length === 0;
			if (isLeft && group.lanes.get(lane.name) === lane) group.lanes.delete(lane.name);
		});
	}
	wake(broker, group, lane);
}

/** Who closes commits what it has handled; what a member that crashed had handled shortly before comes again. */
function leave(broker: Broker, group: Group, member: Member, how: 'closed' | 'crashed'): void {
	group.members = group.members.filter((other) => other !== member);
	const owned = [...group.lanes.values()].filter((lane) => lane.member === member || !lane.member);
	broker.time.after(how === 'crashed' ? broker.choice.between(100, 3_000) : 100, () => {
		for (const lane of owned) {
			if (lane.member !== member && lane.member) continue;
			lane.turn += 1;
			lane.member = undefined;
			lane.failures = 0;
			lane.alone = 0;
			if (how === 'crashed') lane.waiting.unshift(...lane.handled.splice(0));
			wake(broker, group, lane);
		}
	});
}

/** A key stays with one member as long as the members stay the same. */
function memberFor({ members }: Group, { topic, key }: EventRecord): Member | undefined {
	const candidates = members.filter((member) => member.topics.has(topic));
	let hash = 0;
	for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
	return candidates[Math.abs(hash) % candidates.length];
}
