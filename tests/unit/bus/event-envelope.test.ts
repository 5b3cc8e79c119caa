// Envelopes are unique, rise, and rise across restarts of their producer.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createEventSeal } from '../../../bus/event-envelope.ts';
import type { EventBody } from '../../../bus/message-bus.ts';
import { PeerConnectionClosedSchema } from '../../../proto/gen/giggityflix/v1/events_pb.js';

const body: EventBody = {
	case: 'peerConnectionClosed',
	value: create(PeerConnectionClosedSchema, { peerId: 'laptop' }),
};
const sealAt = (nowMs: number) =>
	createEventSeal({
		producer: 'edge-a',
		clock: { now: () => nowMs },
		randomBytes: (target) => crypto.getRandomValues(target),
	});

describe('createEventSeal', () => {
	it('fills the envelope', () => {
		const event = sealAt(1_700_000_000_123.7)(body);
		expect(event).toMatchObject({ producer: 'edge-a', occurredAtMs: 1_700_000_000_123n, body });
	});

	it('makes ids of UUID version 7 that carry the time', () => {
		const { eventId } = sealAt(0x0123_4567_89ab)(body);
		expect(eventId).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	});

	it('never repeats an id or a sequence', () => {
		const seal = sealAt(1_000);
		const events = Array.from({ length: 1_000 }, () => seal(body));
		expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(1_000);
		expect(events.every((event, index) => event.sequence === 1_000_001n + BigInt(index))).toBe(
			true,
		);
	});

	it('goes on above its old sequence after a restart', () => {
		const before = sealAt(5_000);
		const last = Array.from({ length: 500 }, () => before(body)).at(-1);
		const first = sealAt(5_001)(body);
		expect(first.sequence > (last?.sequence ?? 0n)).toBe(true);
	});
});
