// The life of one link over WebRTC, whichever implementation carries it. The rule: it ends once. One that was only
// disconnected gets time to come back; why it ended says whether it ever was open. Knows nothing of connections but
// the names of their states.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Clock, PeerLinkEvents } from '../../ports.ts';

export interface LinkLife {
	/** Aborted when the link has ended, whoever ended it. */
	readonly ended: AbortSignal;
	/** Its channel is open. */
	opened(): void;
	/** The connection is in another state. */
	stateChanged(): void;
	/** It is gone, as `onClose` is told. */
	lose(): void;
	/** It is not wanted any more; nobody is told. */
	release(): void;
}

export interface LinkLifeOptions {
	readonly events: Pick<PeerLinkEvents, 'onOpen' | 'onClose'>;
	readonly clock: Clock;
	/** As RTCPeerConnection.connectionState has it. */
	readonly state: () => string;
	/** Closes the connection. */
	readonly close: () => void;
}

/** A Wi-Fi that changes its access point is back in less; ICE itself gives up after 15–30 s, too late for a film. */
const disconnectedGraceMs = 4000;

export function createLinkLife({ events, clock, state, close }: LinkLifeOptions): LinkLife {
	const lifetime = new AbortController();
	const ended = lifetime.signal;
	let wasOpen = false;

	function release(): void {
		if (ended.aborted) return;
		lifetime.abort();
		close();
	}

	function lose(): void {
		if (ended.aborted) return;
		release();
		events.onClose(
			wasOpen
				? new GiggityflixError('unavailable', 'the link was lost')
				: new GiggityflixError('timed-out', 'no route to the peer was found'),
		);
	}

	async function loseAfterGrace(): Promise<void> {
		try {
			await clock.sleep(disconnectedGraceMs, ended);
		} catch {
			return; // Ended in the meantime.
		}
		if (state() === 'disconnected') lose();
	}

	return {
		ended,
		opened() {
			if (ended.aborted) return;
			wasOpen = true;
			events.onOpen();
		},
		stateChanged() {
			if (ended.aborted) return;
			const current = state();
			if (current === 'disconnected') void loseAfterGrace();
			if (current === 'failed' || current === 'closed') lose();
		},
		lose,
		release,
	};
}
