import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createSession, maxBufferedBytes } from '../../../../edge-server/sessions/session.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import {
	DrainSchema,
	type EdgeMessage,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parsePeerId, type SessionId } from '../../../../proto/ids.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const drain = { case: 'drain', value: create(DrainSchema) } as const;

function open() {
	const clock = createManualClock();
	const sent: EdgeMessage[] = [];
	const closes: (string | undefined)[] = [];
	const ends: { left: string; reason: CloseReason }[] = [];
	const wire = { bufferedBytes: 0 };
	const session = createSession({
		id: 'session-1' as SessionId,
		nonce: new Uint8Array(32),
		helloTimeoutMs: 10_000,
		clock,
		stream: {
			door: 'grpc',
			remoteAddress: '192.0.2.1',
			send: (message) => void sent.push(message),
			bufferedBytes: () => wire.bufferedBytes,
			close: (error) => void closes.push(error?.code),
		},
		onEnded: (_, left, reason) => void ends.push({ left: left.kind, reason }),
	});
	return { clock, sent, closes, ends, wire, session };
}

describe('createSession', () => {
	it('ends once, with the first reason, and says nothing afterwards', () => {
		const { session, sent, closes, ends } = open();
		session.claim(parsePeerId('ada'));
		session.end(CloseReason.TIMED_OUT, new GiggityflixError('timed-out', 'silent'));
		session.end(CloseReason.LEFT);
		session.gone();
		session.send(drain);
		session.refuse(new GiggityflixError('invalid-argument', 'late'));
		expect(ends).toEqual([{ left: 'claiming', reason: CloseReason.TIMED_OUT }]);
		expect(closes).toEqual(['timed-out']);
		expect(sent).toHaveLength(0);
		expect(session.state()).toEqual({ kind: 'closing', reason: CloseReason.TIMED_OUT });
	});

	it('does not close a stream that is gone', () => {
		const { session, closes, ends } = open();
		session.gone();
		expect(closes).toEqual([]);
		expect(ends).toEqual([{ left: 'challenged', reason: CloseReason.LEFT }]);
	});

	it('says why it refuses, before it closes', () => {
		const { session, sent, closes } = open();
		session.refuse(new GiggityflixError('unavailable', 'no tracker'));
		expect(sent[0]?.body).toMatchObject({
			case: 'reject',
			value: { failure: { message: 'no tracker' }, retryAfterMs: 2_000 },
		});
		expect(closes).toEqual(['unavailable']);
	});

	it('keeps the text of a defect to itself', () => {
		const { session, sent } = open();
		session.refuse(new GiggityflixError('internal', 'password is 123'));
		expect(JSON.stringify(sent[0]?.body)).not.toContain('123');
	});

	it('lets go of a peer that does not read its stream', () => {
		const { session, wire, closes, ends } = open();
		wire.bufferedBytes = maxBufferedBytes;
		session.send(drain);
		expect(closes).toEqual([]);
		wire.bufferedBytes += 1;
		session.send(drain);
		expect(closes).toEqual(['resource-exhausted']);
		expect(ends).toEqual([{ left: 'challenged', reason: CloseReason.REJECTED }]);
	});

	it('tells who waits for a sign of life, once', () => {
		const { session, clock } = open();
		const heard: boolean[] = [];
		session.onNextHeard((isAlive) => void heard.push(isAlive));
		session.onNextHeard(() => void heard.push(true))();
		clock.advance(70);
		session.heard();
		session.heard();
		expect(heard).toEqual([true]);
		expect(session.lastHeardAtMs()).toBe(70);
		session.onNextHeard((isAlive) => void heard.push(isAlive));
		session.gone();
		expect(heard).toEqual([true, false]);
	});
});
