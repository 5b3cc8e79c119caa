// The links this tab has as a viewer: one for each owner, shared by all films of that owner. A link is
// closed a while after its last film. Knows nothing of ranges, nor when to try again.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { PeerId } from '../../../proto/ids.ts';
import type { Clock, Compression } from '../../ports.ts';
import type { Negotiation } from '../negotiation/negotiation.ts';
import { orAborted } from '../settling.ts';
import { isSameKey } from '../negotiation/signed-description.ts';
import { createViewingLink, type ViewingLink } from './viewing-link.ts';

/** Long enough to go back to the catalog and choose the next film of the same owner. */
const lingerMs = 30_000;

export interface Owner {
	readonly peerId: PeerId;
	/** When given, a peer with another key is refused. */
	readonly publicKey: Uint8Array | undefined;
}

export interface LinkLease {
	readonly link: ViewingLink;
	/** Once. */
	release(): void;
}

export interface ViewingLinks {
	/** The open link to an owner, negotiated when there is none. Throws what `Negotiation.connect` throws. */
	acquire(owner: Owner, signal: AbortSignal): Promise<LinkLease>;
	/** Lets go of everything; links close at once. */
	stop(): void;
}

/** A link being made or open, with the number of those who use it. */
interface Shared {
	readonly opened: Promise<{ end: ViewingLink; publicKey: Uint8Array }>;
	leaseCount: number;
	lingering: AbortController | undefined;
}

interface State {
	readonly negotiation: Negotiation;
	readonly clock: Clock;
	readonly compression?: Compression | undefined;
	readonly shared: Map<PeerId, Shared>;
	readonly lifetime: AbortController;
}

export function createViewingLinks(options: {
	negotiation: Negotiation;
	clock: Clock;
	/** Absent: nothing is asked for deflated. */
	compression?: Compression | undefined;
}): ViewingLinks {
	const state: State = { ...options, shared: new Map(), lifetime: new AbortController() };
	return {
		acquire: (owner, signal) => acquire(state, owner, signal),
		stop: () => state.lifetime.abort(new GiggityflixError('cancelled', 'this peer stops')),
	};
}

async function acquire(state: State, owner: Owner, signal: AbortSignal): Promise<LinkLease> {
	state.lifetime.signal.throwIfAborted();
	const shared = state.shared.get(owner.peerId) ?? startLink(state, owner);
	shared.leaseCount++;
	shared.lingering?.abort();
	try {
		const { end, publicKey } = await orAborted(shared.opened, signal);
		if (owner.publicKey !== undefined && !isSameKey(owner.publicKey, publicKey)) {
			throw new GiggityflixError('unauthenticated', 'the peer has another key than the link says');
		}
		return { link: end, release: () => release(state, shared) };
	} catch (error) {
		release(state, shared);
		throw error;
	}
}

function startLink(state: State, owner: Owner): Shared {
	const shared: Shared = {
		opened: state.negotiation.connect({
			remotePeerId: owner.peerId,
			ownerPublicKey: owner.publicKey,
			createEnd: (link, closeLink) =>
				createViewingLink({ link, closeLink, compression: state.compression }),
		}),
		leaseCount: 0,
		lingering: undefined,
	};
	const forget = () => {
		if (state.shared.get(owner.peerId) === shared) state.shared.delete(owner.peerId);
	};
	state.shared.set(owner.peerId, shared);
	shared.opened.then(({ end }) => {
		if (end.closed.aborted) forget();
		end.closed.addEventListener('abort', forget, { once: true });
	}, forget);
	return shared;
}

function release(state: State, shared: Shared): void {
	shared.leaseCount--;
	if (shared.leaseCount > 0) return;
	const lingering = new AbortController();
	shared.lingering = lingering;
	const signal = AbortSignal.any([lingering.signal, state.lifetime.signal]);
	closeWhenUnused(state, shared, signal).catch(() => undefined);
}

async function closeWhenUnused(state: State, shared: Shared, signal: AbortSignal): Promise<void> {
	await state.clock.sleep(lingerMs, signal).catch(() => undefined);
	if (shared.leaseCount === 0) (await shared.opened).end.close();
}
