// Our end of a link between two members of a swarm: hands its events to whoever speaks the protocol of the swarm, and
// keeps what comes before somebody listens. Does not know what is said.
import type { PeerId, WebRtcSessionId } from '../../proto/ids.ts';
import type { PeerLink } from '../ports.ts';
import type { LinkEnd } from '../transfer/negotiation/link-end.ts';
import type { SwarmLink, SwarmLinkEvents } from './swarm.ts';

/** Said at once by a member that is answered at once; more before anybody listens is a flood. */
const maxEarlyMessages = 64;

/** A member, and the negotiation a link to it came of. */
export interface MemberName {
	readonly remotePeerId: PeerId;
	readonly webRtcSessionId: WebRtcSessionId;
}

/** A member's link has opened. `close` ends it. */
export type CreateMemberEnd = (link: PeerLink, name: MemberName, close: () => void) => LinkEnd;

export interface MemberEnd extends LinkEnd {
	readonly swarmLink: SwarmLink;
}

export function createMemberEnd(link: PeerLink, name: MemberName, close: () => void): MemberEnd {
	const early: Uint8Array<ArrayBuffer>[] = [];
	let events: SwarmLinkEvents | undefined;
	let isOpen = true;

	const swarmLink: SwarmLink = {
		linkId: name.webRtcSessionId,
		remotePeerId: name.remotePeerId,
		send(bytes) {
			if (isOpen) link.send(bytes);
		},
		bufferedBytes: () => (isOpen ? link.bufferedBytes() : 0),
		listen(listener) {
			events = listener;
			for (const bytes of early.splice(0)) listener.onMessage(bytes);
			if (!isOpen) listener.onClose();
		},
		close: () => {
			if (isOpen) close();
		},
	};
	return {
		swarmLink,
		handleMessage(bytes) {
			if (events) events.onMessage(bytes);
			else if (early.length < maxEarlyMessages) early.push(bytes);
			else close();
		},
		handleBufferLow: () => events?.onBufferLow(),
		handleClosed() {
			isOpen = false;
			events?.onClose();
		},
	};
}
