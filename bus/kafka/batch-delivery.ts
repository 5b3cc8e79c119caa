// Hands one batch of one partition to a handler: events of one key after another, or together where it takes them so, keys
// side by side, retries, and offsets only as far as everything before is done. Keeps the member in its group meanwhile, and
// stops early when the group rebalances or the consumer closes.
import { fromBinary } from '@bufbuild/protobuf';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { GiggityflixError } from '../../proto/errors.ts';
import { BusEventSchema, type BusEvent } from '../../proto/gen/giggityflix/v1/events_pb.js';
import type { Handlers } from '../message-bus.ts';
import type { Clock } from '../ports.ts';
import { nextTryDelayMs } from '../redelivery.ts';
import { mostTogether } from '../together.ts';
import { asTopic } from '../topics.ts';
import type { Placed, PutAside } from './dead-letters.ts';
import { pause } from './pause.ts';

/**
 * Handlers of one batch that run at once; up to sixteen batches do. A handler mostly waits for a store and for the bus,
 * which take many small writes in one round trip; the work of thousands at once keeps the answers of the store waiting
 * beyond their time, and all that waits is copied about by the garbage collector.
 */
const maxRunning = 64;
/** Far longer than a store or a broker that is restarted keeps a handler waiting. */
const heldUpAfterMs = 60_000;

/** What becomes of events, for logs and metrics. */
export interface DeliveryObserver {
	delivered(events: number): void;
	/** A handler has held this event for so long and still does. Said again each time that has doubled. */
	heldUp(event: Placed, heldMs: number): void;
	retrying(event: Placed, error: GiggityflixError): void;
	putAside(event: Placed, error: GiggityflixError): void;
}

export interface BatchDeliveryDeps extends Handlers {
	readonly group: string;
	readonly putAside: PutAside;
	readonly observer: DeliveryObserver;
	readonly clock: Clock;
	readonly heartbeatIntervalMs: number;
	/** Whether events may still be handled: false once another batch was interrupted, or the consumer closes. */
	readonly mayGoOn: () => boolean;
}

/** Rejects when the batch ended early; what is resolved by then is committed by kafkajs. */
export async function deliverBatch(
	deps: BatchDeliveryDeps,
	payload: EachBatchPayload,
): Promise<void> {
	const { topic, partition, messages } = payload.batch;
	const interruption = new AbortController();
	const watch = createHandlerWatch(deps);
	const lanes = lanesOf(
		messages.map((message, at) => ({ topic: asTopic(topic), partition, message, at })),
	);
	const resolveInOrder = inOrder(messages, payload.resolveOffset);
	const mayGoOn = () => payload.isRunning() && deps.mayGoOn() && !interruption.signal.aborted;

	/** Answers whether all of them are done with. */
	async function deliverRow(row: readonly Queued[]): Promise<boolean> {
		const [first, ...others] = row;
		if (first && others.length > 0 && (await watch.during(first, deliverTogether(deps, row)))) {
			for (const { at } of row) resolveInOrder(at);
			return true;
		}
		for (const event of row) {
			if (!mayGoOn() || !(await watch.during(event, deliver(deps, event, mayGoOn)))) return false;
			resolveInOrder(event.at);
		}
		return true;
	}

	async function runLanes(): Promise<void> {
		for (let lane = lanes.shift(); lane; lane = lanes.shift()) {
			for (const row of rowsOf(lane, deps)) {
				if (!mayGoOn() || !(await deliverRow(row))) return;
			}
		}
	}

	const pulse = keepMembership(deps, payload, interruption, watch.look);
	const runners = Array.from({ length: Math.min(maxRunning, lanes.length) }, () =>
		runLanes().catch((error: unknown) => interruption.abort(error)),
	);
	await Promise.all(runners);
	const hasFailed = interruption.signal.aborted;
	interruption.abort();
	await pulse;
	if (hasFailed) throw interruption.signal.reason;
}

interface Queued extends Placed {
	/** Its position in the batch. */
	readonly at: number;
}

/** The events of each key; those without a key keep their order among themselves. */
function lanesOf(events: readonly Queued[]): Queued[][] {
	return [...Map.groupBy(events, ({ message }) => message.key?.toString('latin1')).values()];
}

/** What of a lane is handled at a time. */
function rowsOf(lane: readonly Queued[], { handleTogether }: Handlers): Queued[][] {
	const length = handleTogether ? mostTogether : 1;
	const count = Math.ceil(lane.length / length);
	return Array.from({ length: count }, (_, at) => lane.slice(at * length, (at + 1) * length));
}

/** Resolves an offset when its message and all before it are done, since a commit speaks for all before. */
function inOrder(
	messages: readonly KafkaMessage[],
	resolveOffset: (offset: string) => void,
): (position: number) => void {
	const done = new Array<boolean>(messages.length).fill(false);
	let next = 0;
	return (position) => {
		done[position] = true;
		const before = next;
		while (done[next] === true) next += 1;
		const last = messages[next - 1];
		if (next > before && last) resolveOffset(last.offset);
	};
}

/** Heartbeats and commits for as long as the batch takes. Fails when the group has gone on without us. */
async function keepMembership(
	{ clock, heartbeatIntervalMs }: BatchDeliveryDeps,
	{ heartbeat, commitOffsetsIfNecessary }: EachBatchPayload,
	interruption: AbortController,
	look: () => void,
): Promise<void> {
	const { signal } = interruption;
	for (;;) {
		await pause(clock, heartbeatIntervalMs, signal);
		if (signal.aborted) return;
		look();
		try {
			await heartbeat();
			await commitOffsetsIfNecessary();
		} catch (error) {
			interruption.abort(error);
		}
	}
}

/** Who holds events, and for how long. Nothing else shows a handler that never returns, for its member goes on beating. */
function createHandlerWatch({ clock, observer }: Pick<BatchDeliveryDeps, 'clock' | 'observer'>) {
	const held = new Map<Placed, { readonly sinceMs: number; reportAtMs: number }>();
	return {
		during: async (event: Placed, delivery: Promise<boolean>): Promise<boolean> => {
			const sinceMs = clock.monotonicMs();
			held.set(event, { sinceMs, reportAtMs: sinceMs + heldUpAfterMs });
			try {
				return await delivery;
			} finally {
				held.delete(event);
			}
		},
		look: () => {
			const nowMs = clock.monotonicMs();
			for (const [event, holding] of held) {
				if (nowMs < holding.reportAtMs) continue;
				const heldMs = nowMs - holding.sinceMs;
				holding.reportAtMs = nowMs + heldMs;
				observer.heldUp(event, heldMs);
			}
		},
	};
}

/** Answers whether the events are done with. If not, which of them is to blame shows when each is delivered by itself. */
async function deliverTogether(
	{ handleTogether, observer }: BatchDeliveryDeps,
	events: readonly Queued[],
): Promise<boolean> {
	const [first] = events;
	if (!first || !handleTogether) return false;
	try {
		await handleTogether(events.map(decode), first.topic);
	} catch (caught) {
		observer.retrying(first, GiggityflixError.from(caught));
		return false;
	}
	observer.delivered(events.length);
	return true;
}

/** Answers whether the event is done with: handled, or put aside after its last try. */
async function deliver(
	deps: BatchDeliveryDeps,
	event: Placed,
	mayGoOn: () => boolean,
): Promise<boolean> {
	for (let failures = 0; ;) {
		try {
			await deps.handle(decode(event), event.topic);
			deps.observer.delivered(1);
			return true;
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			failures += 1;
			const delayMs = error instanceof Undecodable ? undefined : nextTryDelayMs(failures);
			if (delayMs === undefined) {
				await deps.putAside(event, deps.group, error);
				deps.observer.putAside(event, error);
				return true;
			}
			deps.observer.retrying(event, error);
			await pause(deps.clock, delayMs);
			if (!mayGoOn()) return false;
		}
	}
}

/** No second try makes it readable. */
class Undecodable extends GiggityflixError {}

/**
 * Anew for every try, so that no handler sees what another did to it; and from a copy, for bytes of an event that somebody
 * keeps would keep all that was fetched with it.
 */
function decode({ message: { value } }: Placed): BusEvent {
	if (value === null) throw new Undecodable('corrupt', 'the event has no value');
	try {
		return fromBinary(BusEventSchema, new Uint8Array(value));
	} catch (cause) {
		throw new Undecodable('corrupt', 'the event is not a BusEvent', { cause });
	}
}
