// From what is known to what is said.
import { describe, expect, it } from 'vitest';
import type { WatchConnection } from '../../../../peer/peer.ts';
import type { ErrorCode } from '../../../../proto/errors.ts';
import {
	connectionStatus,
	situationOf,
	transferWords,
	type WatchFacts,
} from '../../../../web/lib/state/watch-situation.ts';

const open: WatchConnection = {
	kind: 'open',
	route: 'direct',
	downloadBytesPerSecond: 4_200_000,
	totalBytes: 1,
};
const connecting: WatchConnection = { kind: 'connecting', sinceMs: 0 };
const lost = (reason: ErrorCode): WatchConnection => ({ kind: 'lost', reason, retryAtMs: 5000 });
const failed = (reason: ErrorCode): WatchConnection => ({ kind: 'failed', reason });

function situation(changes: Partial<WatchFacts>) {
	return situationOf({
		isLinkWellFormed: true,
		entry: { kind: 'ready', isOwnerOnline: true, isKeyKnown: true },
		connection: open,
		isEdgeOffline: false,
		cannotDecode: false,
		cannotStream: false,
		isSought: false,
		isSubscribed: false,
		...changes,
	});
}

describe('what keeps a film from playing', () => {
	it('is nothing while bytes come', () => {
		expect(situation({})).toBeUndefined();
		expect(situation({ connection: { kind: 'local' }, isEdgeOffline: true })).toBeUndefined();
		expect(situation({ isEdgeOffline: true })).toBeUndefined();
	});

	it.each([
		[failed('corrupt'), 'file-changed'],
		[failed('permission-denied'), 'permission-lost'],
		[failed('not-found'), 'gone'],
		[failed('internal'), 'broken'],
		[lost('unauthenticated'), 'wrong-key'],
		[lost('timed-out'), 'no-route'],
		[lost('unavailable'), 'owner-away'],
		[lost('resource-exhausted'), 'refused'],
		[connecting, 'connecting'],
		[undefined, 'connecting'],
	] as const)('%j is %s', (connection, expected) => {
		expect(situation({ connection })).toBe(expected);
	});

	it('is the server when nobody can be asked', () => {
		expect(situation({ connection: lost('unavailable'), isEdgeOffline: true })).toBe(
			'edge-unreachable',
		);
		expect(situation({ connection: connecting, isEdgeOffline: true })).toBe('edge-unreachable');
		const entry = { kind: 'failed', reason: 'unavailable' } as const;
		expect(situation({ connection: connecting, entry })).toBe('edge-unreachable');
	});

	it('is the link when the catalog does not know it', () => {
		const entry = { kind: 'failed', reason: 'not-found' } as const;
		expect(situation({ connection: undefined, entry })).toBe('entry-not-found');
		expect(situation({ connection: lost('unavailable'), entry })).toBe('entry-not-found');
		expect(situation({ isLinkWellFormed: false })).toBe('entry-not-found');
	});

	it('is an absent owner at once, without waiting for the connection to fail', () => {
		const entry = { kind: 'ready', isOwnerOnline: false, isKeyKnown: true } as const;
		expect(situation({ connection: connecting, entry })).toBe('owner-away');
		expect(situation({ connection: connecting, entry, isSubscribed: true })).toBe('will-tell');
		expect(situation({ connection: connecting, entry, isSought: true })).toBe('asking-others');
	});

	it('is the key when everybody who has the film has another one', () => {
		const entry = { kind: 'ready', isOwnerOnline: true, isKeyKnown: false } as const;
		expect(situation({ connection: connecting, entry })).toBe('wrong-key');
		expect(situation({ connection: lost('unavailable'), entry })).toBe('wrong-key');
		expect(situation({ entry })).toBeUndefined();
	});

	it('is an absent owner also when others have nothing more of it', () => {
		const entry = { kind: 'ready', isOwnerOnline: false, isKeyKnown: true } as const;
		const idle = { ...open, route: 'swarm', downloadBytesPerSecond: 0 } as const;
		expect(situation({ entry, connection: { ...open, route: 'swarm' } })).toBeUndefined();
		expect(situation({ entry, connection: idle, isSought: true })).toBe('asking-others');
		expect(situation({ entry, connection: idle, isSubscribed: true })).toBe('will-tell');
		expect(situation({ connection: idle })).toBeUndefined();
		expect(situation({ entry, connection: { ...idle, route: 'direct' } })).toBeUndefined();
	});

	it('is the format only while bytes come', () => {
		expect(situation({ cannotDecode: true })).toBe('codec-unsupported');
		expect(situation({ cannotDecode: true, connection: lost('unavailable') })).toBe('owner-away');
	});

	it('is the page where the browser has no way to a player', () => {
		expect(situation({ cannotStream: true })).toBe('page-insecure');
	});
});

describe('the connection in words', () => {
	it('names the way and who is at its end', () => {
		expect(connectionStatus(open, 'Anna', 0)).toEqual({ dot: 'direct', words: 'Direct from Anna' });
		expect(connectionStatus({ ...open, route: 'relayed' }, 'Anna', 0)).toEqual({
			dot: 'relayed',
			words: 'Relayed from Anna',
		});
		expect(connectionStatus({ ...open, route: 'swarm' }, 'Anna', 0)).toEqual({
			dot: 'direct',
			words: 'From others who have the film, not from Anna',
		});
		expect(connectionStatus({ kind: 'local' }, 'Anna', 0).words).toBe('From this device');
	});

	it('counts down to the next try', () => {
		expect(connectionStatus(lost('unavailable'), 'Anna', 1000).words).toBe(
			'Not connected. Trying again in 4 s',
		);
		expect(connectionStatus(lost('unavailable'), 'Anna', 6000).words).toBe(
			'Not connected. Trying again now',
		);
	});

	it('shows rate and reserve only when there are any', () => {
		expect(transferWords(open, 80_000)).toBe('4.2 MB/s · 1 min 20 s ahead');
		expect(transferWords({ ...open, downloadBytesPerSecond: 0 }, 500)).toBe('');
		expect(transferWords({ kind: 'local' }, 80_000)).toBe('');
	});
});
