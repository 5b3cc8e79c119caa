import { describe, expect, it } from 'vitest';
import {
	createSessionRegistry,
	type AdmittedSession,
} from '../../../../edge-server/sessions/session-registry.ts';
import { createSession } from '../../../../edge-server/sessions/session.ts';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { parsePeerId, type SessionId } from '../../../../proto/ids.ts';
import { settle } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const ada = parsePeerId('ada');
const clock = createManualClock();

function admittedSession(id: string): AdmittedSession {
	const session = createSession({
		id: id as SessionId,
		nonce: new Uint8Array(32),
		helloTimeoutMs: 10_000,
		clock,
		onEnded: () => undefined,
		stream: {
			door: 'grpc',
			remoteAddress: '192.0.2.1',
			send: () => undefined,
			bufferedBytes: () => 0,
			close: () => undefined,
		},
	});
	const peer = {
		peerId: ada,
		publicKey: '',
		displayName: '',
		sessionToken: id,
		admittedAtMs: 0,
		announcements: {} as never,
		presence: {} as never,
	};
	return { session, peer };
}

describe('createSessionRegistry', () => {
	it('keeps the successor of a session that is removed late', () => {
		const registry = createSessionRegistry({ maxPeers: 10 });
		const [first, second] = [admittedSession('first'), admittedSession('second')];
		for (const entry of [first, second]) {
			registry.add(entry.session);
			registry.admit(entry);
		}
		registry.remove(first.session, { peerId: ada, departure: Promise.resolve() });
		expect(registry.find('ada')?.session.id).toBe('second');
		expect(registry.findSession('first' as SessionId)).toBeUndefined();
	});

	it('waits for the departures of one peer, not for those of others', async () => {
		const registry = createSessionRegistry({ maxPeers: 10 });
		let leave = (): void => undefined;
		const departure = new Promise<void>((resolve) => (leave = resolve));
		registry.remove(admittedSession('first').session, { peerId: ada, departure });
		await registry.departed(parsePeerId('bob'));
		const told: string[] = [];
		void registry.departed(ada).then(() => told.push('ada'));
		void registry.allDeparted().then(() => told.push('all'));
		await settle();
		expect(told).toEqual([]);
		leave();
		await settle();
		expect(told.toSorted()).toEqual(['ada', 'all']);
	});

	it('counts reserved places, until they are given up', () => {
		const registry = createSessionRegistry({ maxPeers: 1 });
		const giveUp = registry.reservePlace();
		expect(() => registry.requireRoom()).toThrow('this edge holds 1 peers');
		expect(() => registry.reservePlace()).toThrow();
		giveUp();
		registry.admit(admittedSession('first'));
		expect(() => registry.requireRoom()).toThrow(
			expect.objectContaining({ code: 'resource-exhausted' }),
		);
	});

	it('does not count a session that is closing', () => {
		const registry = createSessionRegistry({ maxPeers: 1 });
		const { session } = admittedSession('first');
		registry.add(session);
		expect(registry.counts().challenged).toBe(1);
		expect(registry.unadmitted()).toBe(1);
		session.end(CloseReason.LEFT);
		expect(registry.counts().challenged).toBe(0);
	});
});
