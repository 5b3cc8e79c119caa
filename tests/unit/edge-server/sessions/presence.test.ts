import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../../bus/topics.ts';
import { createPresences } from '../../../../edge-server/sessions/presence.ts';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { parsePeerId, type SessionId } from '../../../../proto/ids.ts';
import { edgeId, settle } from '../../../support/edge-world.ts';
import { createRecordingBus } from '../../../support/recording-bus.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const ada = {
	peerId: parsePeerId('ada'),
	sessionId: 'session-1' as SessionId,
	publicKey: new Uint8Array(33),
	displayName: 'Ada',
};

function open() {
	const clock = createManualClock();
	const bus = createRecordingBus();
	const released: string[] = [];
	const lapsed: string[] = [];
	const errors: string[] = [];
	const presences = createPresences({
		edgeId,
		bus,
		topics: defaultTopics,
		clock,
		logger: { info: () => undefined, warn: () => undefined, error: (text) => errors.push(text) },
		leases: {
			claim: async () => 4n,
			release: async (_, sessionId) => void released.push(sessionId),
			lapse: (_, sessionId) => void lapsed.push(sessionId),
			releaseReplaced: async () => undefined,
			start: () => () => undefined,
		},
	});
	return { clock, bus, released, lapsed, errors, presences };
}

describe('a presence', () => {
	it('ends once: one event, one lease given back', async () => {
		const { bus, released, presences } = open();
		const presence = await presences.begin(ada);
		expect(presence.catalogSequence).toBe(4n);
		await Promise.all([presence.end(CloseReason.LEFT), presence.end(CloseReason.TIMED_OUT)]);
		expect(bus.of('peerConnectionClosed')).toMatchObject([
			{ peerId: 'ada', sessionId: 'session-1', reason: CloseReason.LEFT },
		]);
		expect(bus.published.map(({ topic, key }) => [topic, key])).toEqual([
			['peer.connection.established', 'ada'],
			['peer.connection.closed', 'ada'],
		]);
		expect(released).toEqual(['session-1']);
	});

	it('keeps the lease for the session that replaces it', async () => {
		const { released, presences } = open();
		await (await presences.begin(ada)).end(CloseReason.REPLACED);
		expect(released).toEqual([]);
	});

	it('tries again to say that a peer has left', async () => {
		const { clock, bus, released, presences } = open();
		const presence = await presences.begin(ada);
		let failures = 2;
		bus.beforeStore = async () => {
			if (failures-- > 0) throw new Error('no broker');
		};
		const ended = presence.end(CloseReason.LEFT);
		await settle();
		clock.advance(250);
		await settle();
		clock.advance(1_000);
		await ended;
		expect(bus.of('peerConnectionClosed')).toHaveLength(1);
		expect(released).toEqual(['session-1']);
	});

	it('leaves it to the tracker to say so when the bus stays away', async () => {
		const { clock, bus, released, lapsed, errors, presences } = open();
		const presence = await presences.begin(ada);
		bus.beforeStore = async () => {
			throw new Error('no broker');
		};
		const ended = presence.end(CloseReason.LEFT);
		for (const delayMs of [250, 1_000]) {
			await settle();
			clock.advance(delayMs);
		}
		await ended;
		expect(errors).toHaveLength(1);
		expect(released).toEqual([]);
		expect(lapsed).toEqual(['session-1']);
	});

	it('does not say twice what a slow bus may still store', async () => {
		const { clock, bus, errors, presences } = open();
		const presence = await presences.begin(ada);
		let tries = 0;
		bus.beforeStore = () => {
			tries += 1;
			return new Promise(() => undefined);
		};
		const ended = presence.end(CloseReason.LEFT);
		await settle();
		clock.advance(5_000);
		await ended;
		expect(tries).toBe(1);
		expect(errors).toHaveLength(1);
	});
});
