// The connections webtorrent has to the members of one swarm: who has which piece, whether anything is served to them,
// and who sends bad pieces, which webtorrent throws away without asking whose they were. Rule: whoever alone sent one
// is dropped at once, whoever had a part in three in a row as well. Knows no torrent and no content.
import type { Torrent, Wire } from './webtorrent.ts';
import type { PeerId } from '../../proto/ids.ts';
import { turnAt, type TurnTaker } from '../swarm/turn-at.ts';
import { createBoundedMap } from '../transfer/bounded-map.ts';

export interface MemberWires {
	add(wire: Wire): void;
	/** Whether somebody has a piece. */
	has(piece: number): boolean;
	/** How many come before whoever is called `own` at bringing a piece in. */
	turnAt(piece: number, own: string): number;
	/** Tells everybody of a piece that has come by another way, or has gone. */
	announce(piece: number, isThere: boolean): void;
	setServing(isServing: boolean): void;
	/** What was made of the blocks of a piece. */
	settled(piece: number, isGood: boolean): void;
}

export interface MemberWiresOptions {
	readonly isServing: boolean;
	/** Somebody came or went, or has more than before. */
	readonly onChange: () => void;
	/** Sent bad pieces; it has been disconnected. */
	readonly onBad: (wire: Wire) => void;
}

/** Names; a crowd of liars costs no more memory. */
const maxBanned = 1000;
/** Bad pieces in a row that had honest senders too. */
const maxSuspicion = 3;

export function createMemberWires(options: MemberWiresOptions): MemberWires {
	const wires = new Set<Wire>();
	/** By the name they give themselves, which a liar may change; each name costs it one piece. */
	const banned = createBoundedMap<string, true>(maxBanned);
	const senders = new Map<number, Set<Wire>>();
	/** Of wires that are gone as well: what they had sent may turn out bad later. */
	const suspicion = new WeakMap<Wire, number>();
	let { isServing } = options;

	function drop(wire: Wire): void {
		if (!wires.delete(wire)) return;
		banned.set(wire.peerId, true);
		options.onBad(wire);
		wire.destroy();
	}

	return {
		add(wire) {
			if (banned.has(wire.peerId)) {
				wire.destroy();
				return;
			}
			wires.add(wire);
			guardUnchoke(wire, () => isServing);
			for (const event of ['bitfield', 'have', 'have-all'] as const) {
				wire.on(event, options.onChange);
			}
			wire.on('piece', (piece) => {
				const from = senders.get(piece) ?? new Set();
				senders.set(piece, from.add(wire));
			});
			wire.on('close', () => {
				wires.delete(wire);
				options.onChange();
			});
			options.onChange();
		},
		has: (piece) => [...wires].some(({ peerPieces }) => peerPieces.get(piece)),
		turnAt: (piece, own) => turnAt(piece, own, turnTakersOf(wires)),
		announce(piece, isThere) {
			for (const wire of wires) {
				if (isThere) wire.have(piece);
				else wire.lt_donthave.donthave(piece);
			}
		},
		setServing(next) {
			isServing = next;
			for (const wire of wires) {
				if (!isServing) wire.choke();
				else if (wire.peerInterested) wire.unchoke();
			}
		},
		settled(piece, isGood) {
			const from = [...(senders.get(piece) ?? [])];
			senders.delete(piece);
			for (const wire of from) {
				const strikes = isGood ? 0 : (suspicion.get(wire) ?? 0) + 1;
				suspicion.set(wire, strikes);
				if (!isGood && (from.length === 1 || strikes >= maxSuspicion)) drop(wire);
			}
		},
	};
}

/** Each once: with some there are two connections, by our edge and by a tracker. */
function turnTakersOf(wires: ReadonlySet<Wire>): TurnTaker[] {
	const byName = new Map([...wires].map(({ peerId, peerPieces }) => [peerId, peerPieces]));
	return [...byName].map(([name, pieces]) => ({ name, has: (piece) => pieces.get(piece) }));
}

/** webtorrent lets everybody ask as soon as they are interested. */
function guardUnchoke(wire: Wire, isServing: () => boolean): void {
	const unchoke = wire.unchoke.bind(wire);
	wire.unchoke = () => {
		if (isServing()) unchoke();
	};
}

/** Who is at the other end, when it came over a link of ours; `members` by the id of their link. */
export function memberBehind(
	wire: Wire,
	joined: {
		readonly client: Pick<Torrent, '_peers'> | undefined;
		readonly members: ReadonlyMap<string, PeerId>;
	},
): PeerId | undefined {
	const { client, members } = joined;
	return [...members].find(([linkId]) => client?._peers?.get(linkId)?.wire === wire)?.[1];
}
