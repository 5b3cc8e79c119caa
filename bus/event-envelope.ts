// What the bus adds to a body before it is sent: a unique id, the producer, a rising sequence and the
// time. Every adapter seals with this, so consumers see one kind of envelope. Knows no transport.
import { create } from '@bufbuild/protobuf';
import { BusEventSchema, type BusEvent } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { EventBody } from './message-bus.ts';
import type { Clock, RandomBytes } from './ports.ts';
import { noTracer, type Tracer } from './tracer.ts';

/** Puts one body into a new envelope. */
export type SealEvent = (body: EventBody) => BusEvent;

/**
 * Makes the seal of one producer. Its sequence starts at the time in microseconds: a producer that was
 * restarted goes on above its old numbers without storing them, as long as it publishes fewer than a
 * million events a second on average.
 */
export function createEventSeal(options: {
	producer: string;
	clock: Pick<Clock, 'now'>;
	randomBytes: RandomBytes;
	/** The trace an event belongs to; events carry none without it. */
	tracer?: Pick<Tracer, 'traceParent'>;
}): SealEvent {
	const { producer, clock, randomBytes, tracer = noTracer } = options;
	let sequence = BigInt(Math.trunc(clock.now())) * 1000n;
	const draw = pooled(randomBytes);
	return (body) => {
		const nowMs = Math.trunc(clock.now());
		sequence += 1n;
		return create(BusEventSchema, {
			eventId: uuidV7(nowMs, draw()),
			producer,
			sequence,
			occurredAtMs: BigInt(nowMs),
			body,
			traceParent: tracer.traceParent() ?? '',
		});
	};
}

/** Hands out 16 random bytes at a time from a larger draw: asking the system costs more than the rest of an envelope. */
function pooled(randomBytes: RandomBytes): () => Uint8Array {
	const pool = new Uint8Array(4_096);
	let used = pool.length;
	return () => {
		if (used === pool.length) {
			randomBytes(pool);
			used = 0;
		}
		used += 16;
		return pool.slice(used - 16, used);
	};
}

/** RFC 9562 §5.7: sorts by time in a log, and 74 random bits keep it unique. */
function uuidV7(nowMs: number, bytes: Uint8Array): string {
	const view = new DataView(bytes.buffer);
	view.setUint32(0, Math.floor(nowMs / 0x1_0000));
	view.setUint16(4, nowMs % 0x1_0000);
	view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
	view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
	let text = '';
	for (const [position, byte] of bytes.entries()) {
		if (position === 4 || position === 6 || position === 8 || position === 10) text += '-';
		text += byte.toString(16).padStart(2, '0');
	}
	return text;
}
