// Two ends of a link in one process, told of each other as an edge would: description first, then candidates.
// Knows nothing of which implementation makes either.
import { expect } from 'vitest';
import type { PeerLink, PeerLinks } from '../../peer/ports.ts';

export const bufferLowBytes = 256 * 1024;

export interface End {
	readonly link: PeerLink;
	readonly received: Uint8Array[];
	readonly candidates: string[];
	readonly closings: Error[];
	/** Of the other side, which come before its description; `undefined` from then on. */
	early: Candidate[] | undefined;
	opened: number;
	lows: number;
}

type Candidate = Parameters<PeerLink['addCandidate']>[0];

const links: PeerLink[] = [];

export function closeEnds(): void {
	for (const link of links.splice(0)) link.close();
}

/** Two ends whose link is open. */
export async function join(offering: PeerLinks, answering: PeerLinks): Promise<[End, End]> {
	const one: End = createEnd(offering, () => other);
	const other: End = createEnd(answering, () => one);
	await accept(other, await one.link.describe(), 'offer');
	await accept(one, await other.link.describe(), 'answer');
	await expect.poll(() => [one.opened, other.opened], { timeout: 15_000 }).toEqual([1, 1]);
	return [one, other];
}

/** Candidates go to `other` as they come. */
export function createEnd(from: PeerLinks, other: () => End): End {
	const end: End = {
		link: from.create({
			iceServers: [],
			bufferLowBytes,
			events: {
				onCandidate: (candidate) => {
					end.candidates.push(candidate.candidate);
					const { link, early } = other();
					if (early) early.push(candidate);
					else void link.addCandidate(candidate);
				},
				onOpen: () => (end.opened += 1),
				onMessage: (bytes) => end.received.push(bytes),
				onBufferLow: () => (end.lows += 1),
				onClose: (error) => end.closings.push(error),
			},
		}),
		...{ received: [], candidates: [], closings: [] },
		...{ early: [], opened: 0, lows: 0 },
	};
	links.push(end.link);
	return end;
}

/** A description, and the candidates that came before it. */
export async function accept(end: End, sdp: string, kind: 'offer' | 'answer'): Promise<void> {
	await end.link.accept(sdp, kind);
	const early = end.early ?? [];
	end.early = undefined;
	for (const candidate of early) await end.link.addCandidate(candidate);
}
