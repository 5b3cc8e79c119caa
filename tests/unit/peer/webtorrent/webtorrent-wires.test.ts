import { describe, expect, it } from 'vitest';
import type { PeerId } from '../../../../proto/ids.ts';
import type { Wire } from '../../../../peer/webtorrent/webtorrent.ts';
import { createMemberWires, memberBehind } from '../../../../peer/webtorrent/webtorrent-wires.ts';

/** Somebody at the other end, and what was done to them. */
function createWire(peerId: string, has: readonly number[] = []) {
	const events = new Map<string, (piece: number) => void>();
	const done: string[] = [];
	const wire: Wire = {
		...{ peerId, peerInterested: true },
		ut_metadata: {
			onExtendedHandshake: () => undefined,
			onMessage: () => undefined,
			setMetadata: async () => false,
			on: () => undefined,
		},
		lt_donthave: { donthave: (piece) => void done.push(`donthave ${piece}`) },
		peerPieces: { get: (piece) => has.includes(piece) },
		choke: () => void done.push('choke'),
		unchoke: () => void done.push('unchoke'),
		have: (piece) => void done.push(`have ${piece}`),
		on: (event: string, listener: (piece: number) => void) => void events.set(event, listener),
		destroy: () => void done.push('destroy'),
		_extendedHandshakeSent: true,
		_sendExtendedHandshake: () => undefined,
	};
	return { wire, done, sends: (piece: number) => events.get('piece')?.(piece) };
}

function createWires(isServing = true) {
	const bad: string[] = [];
	const wires = createMemberWires({
		isServing,
		onChange: () => undefined,
		onBad: ({ peerId }) => bad.push(peerId),
	});
	return { wires, bad };
}

describe('the connections of a swarm', () => {
	it('drop who alone sent a bad piece, and not whoever sent another', () => {
		const { wires, bad } = createWires();
		const [liar, honest] = [createWire('liar'), createWire('honest')];
		wires.add(liar.wire);
		wires.add(honest.wire);
		liar.sends(3);
		honest.sends(4);
		wires.settled(4, true);
		wires.settled(3, false);
		expect([bad, liar.done, honest.done]).toEqual([['liar'], ['destroy'], []]);
		const again = createWire('liar');
		wires.add(again.wire);
		expect(again.done).toEqual(['destroy']);
	});

	it('drop who has a part in three bad pieces in a row, and forgive whoever sends good ones', () => {
		const { wires, bad } = createWires();
		const [liar, honest] = [createWire('liar'), createWire('honest')];
		wires.add(liar.wire);
		wires.add(honest.wire);
		for (const piece of [0, 1, 2]) {
			liar.sends(piece);
			honest.sends(piece);
			wires.settled(piece, false);
			honest.sends(piece + 10);
			wires.settled(piece + 10, true);
		}
		expect(bad).toEqual(['liar']);
	});

	it('let nobody ask while nothing is served, whatever webtorrent wants', () => {
		const { wires } = createWires(false);
		const member = createWire('member');
		wires.add(member.wire);
		member.wire.unchoke();
		expect(member.done).toEqual([]);
		wires.setServing(true);
		wires.setServing(false);
		member.wire.unchoke();
		expect(member.done).toEqual(['unchoke', 'choke']);
	});

	it('know what is offered, and tell what came and went', () => {
		const { wires } = createWires();
		const member = createWire('member', [5]);
		expect(wires.has(5)).toBe(false);
		wires.add(member.wire);
		expect([wires.has(5), wires.has(6)]).toEqual([true, false]);
		wires.announce(1, true);
		wires.announce(1, false);
		expect(member.done).toEqual(['have 1', 'donthave 1']);
	});

	it('know whose turn it is, and count nobody twice who is connected twice', () => {
		const { wires } = createWires();
		const turns = () => Array.from({ length: 20 }, (_, piece) => wires.turnAt(piece + 1, 'own'));
		expect(Math.max(...turns())).toBe(0);
		const names = ['anna', 'anna', 'ben'];
		for (const name of names) wires.add(createWire(name, [0]).wire);
		expect([...new Set(turns())].sort()).toEqual([0, 1, 2]);
	});
});

it('whoever came over a link of ours is known by it', () => {
	const [ours, strange] = [createWire('a').wire, createWire('b').wire];
	const joined = {
		client: { _peers: new Map([['link-1', { wire: ours }]]) },
		members: new Map([['link-1', 'peer' as PeerId]]),
	};
	expect(memberBehind(ours, joined)).toBe('peer');
	expect(memberBehind(strange, joined)).toBeUndefined();
});
