// What a WebTorrent client says to an announce tracker, after its form has been checked. Read by
// scan-announce.ts or, whatever its layout, by parse-message.ts.
import type { BinaryText, InfoHash, SwarmPeerId, WireText } from './wire-text.ts';

export type AnnounceEvent = 'started' | 'stopped' | 'completed' | 'update';

/** An offer to be given to one peer; the description is relayed as it came. */
export interface SwarmOffer {
	readonly offerId: BinaryText;
	/** `{"type":"offer","sdp":"…"}` */
	readonly description: WireText;
}

export interface Announce {
	readonly kind: 'announce';
	readonly infoHash: InfoHash;
	readonly peerId: SwarmPeerId;
	readonly event: AnnounceEvent;
	/** Nothing is left to download. Unknown (a magnet without its metadata) counts as something left. */
	readonly isComplete: boolean;
	readonly offers: readonly SwarmOffer[];
}

export interface Answer {
	readonly kind: 'answer';
	readonly infoHash: InfoHash;
	readonly peerId: SwarmPeerId;
	readonly toPeerId: SwarmPeerId;
	readonly offerId: BinaryText;
	/** `{"type":"answer","sdp":"…"}` */
	readonly description: WireText;
}

export interface Scrape {
	readonly kind: 'scrape';
	/** Undefined asks for every swarm. */
	readonly infoHashes: readonly InfoHash[] | undefined;
}

/** JSON that makes no sense; the client is told the reason. */
export interface Invalid {
	readonly kind: 'invalid';
	readonly reason: string;
	/** Known when only the rest was wrong: clients on a shared socket find their failure by it. */
	readonly infoHash?: InfoHash;
}

/** Not a JSON object at all: nothing that a WebTorrent client sends. */
export interface Garbage {
	readonly kind: 'garbage';
}

export type AnnounceMessage = Announce | Answer | Scrape | Invalid | Garbage;

const events: Partial<Record<string, AnnounceEvent>> = {
	started: 'started',
	stopped: 'stopped',
	completed: 'completed',
	update: 'update',
	// Two names bittorrent-tracker takes for an update as well.
	empty: 'update',
	paused: 'update',
};

/** The event of an announce by its name on the wire; none is an update. */
export function eventOf(name: unknown): AnnounceEvent | undefined {
	if (name === undefined || name === null || name === '') return 'update';
	return typeof name === 'string' && Object.hasOwn(events, name) ? events[name] : undefined;
}
