import { describe, expect, it } from 'vitest';
import type { PeerId, SessionId } from '../../../../proto/ids.ts';
import { createSessionsByPeer } from '../../../../tracker/store/sessions-by-peer.ts';

const session = (peer: string, id: string, expiresAtMs = 0) => ({
	peerId: peer as PeerId,
	sessionId: id as SessionId,
	expiresAtMs,
});

describe('createSessionsByPeer', () => {
	it('keeps the sessions of a peer in the order in which they came', () => {
		const sessions = createSessionsByPeer();
		const [first, second, other] = [session('a', '1'), session('a', '2'), session('b', '1')];
		for (const each of [first, other, second]) sessions.put(each);
		expect(sessions.of(first.peerId)).toEqual([first, second]);
		expect(sessions.all()).toEqual([first, second, other]);
		expect([sessions.count(), [...sessions.peerIds()]]).toEqual([2, ['a', 'b']]);
	});

	it('puts a session in the place of the one with its id', () => {
		const sessions = createSessionsByPeer<ReturnType<typeof session>>();
		sessions.put(session('a', '1'));
		sessions.put(session('a', '2'));
		const renewed = session('a', '1', 5);
		sessions.put(renewed);
		expect(sessions.of(renewed.peerId)).toEqual([renewed, session('a', '2')]);
		expect(sessions.find(session('a', '1'))).toBe(renewed);
	});

	it('forgets a peer with its last session, and nothing for one it does not have', () => {
		const sessions = createSessionsByPeer();
		const [first, second] = [session('a', '1'), session('a', '2')];
		sessions.put(first);
		sessions.put(second);
		sessions.delete(first);
		sessions.delete(session('b', '1'));
		expect([sessions.find(first), sessions.find(second)]).toEqual([undefined, second]);
		expect(sessions.has(second.peerId)).toBe(true);
		sessions.delete(second);
		expect([sessions.has(second.peerId), sessions.count()]).toEqual([false, 0]);
	});

	it('can be emptied', () => {
		const sessions = createSessionsByPeer();
		sessions.put(session('a', '1'));
		sessions.clear();
		expect(sessions.all()).toEqual([]);
	});
});
