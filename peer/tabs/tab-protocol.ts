// What the tabs of one browser say to each other on their channel. Everyone hears everything; `to` names the
// one it is for. All values survive structured cloning. Types and their check, no behaviour.
import type { IceServer, WebRtcSignal } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { ErrorCode } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import type { LibraryItem } from '../library/library-item.ts';
import type { Introduction } from '../edge/swarm-memberships.ts';
import type { SwarmMembership } from '../swarm/swarm-links.ts';
import type { CatalogEvent, Peer, PeerSnapshot } from '../peer.ts';
import type { RemoteCall } from './remote-verbs.ts';

declare const brand: unique symbol;
/** One tab, for as long as it is open; random. */
export type TabId = string & { readonly [brand]: 'TabId' };

/** Raised when a tab of an older version could misread a message: such tabs then ignore each other. */
export const tabProtocolVersion = 1;

export type Interest = Parameters<Peer['setInterest']>[0];

/** What a tab that follows shows as its own. */
export interface LeaderState {
	readonly snapshot: PeerSnapshot;
	readonly iceServers: readonly IceServer[];
	readonly announceTrackers: readonly string[];
	readonly credentials: { readonly peerId: PeerId; readonly sessionToken: string } | undefined;
}

export type TabMessageBody = LeaderSays | FollowerSays;

/** Said by a tab that follows; the leader alone listens. */
export type FollowerSays =
	/** Asks for the state and all items. */
	| { readonly type: 'join'; readonly from: TabId; readonly interest: Interest }
	| { readonly type: 'leave'; readonly from: TabId }
	| { readonly type: 'interest'; readonly from: TabId; readonly interest: Interest }
	/** The swarms it is in now. */
	| {
			readonly type: 'swarms';
			readonly from: TabId;
			readonly memberships: readonly SwarmMembership[];
	  }
	| {
			readonly type: 'call';
			readonly from: TabId;
			readonly callId: number;
			readonly call: RemoteCall;
	  };

/** Said by the tab that leads. */
export type LeaderSays =
	/** It has just begun to lead: those that follow join it and repeat what was not answered. */
	| { readonly type: 'leading' }
	| { readonly type: 'state'; readonly state: LeaderState }
	/** Everything there is, for a tab that has just joined. */
	| { readonly type: 'all-items'; readonly to: TabId; readonly items: readonly LibraryItem[] }
	/** What has changed since the last message about items; for tabs that have had all of them. */
	| {
			readonly type: 'changed-items';
			readonly saved: readonly LibraryItem[];
			readonly deletedOfferIds: readonly string[];
	  }
	| {
			readonly type: 'returned';
			readonly to: TabId;
			readonly callId: number;
			readonly result: CallResult;
	  }
	| { readonly type: 'catalog-event'; readonly event: CatalogEvent }
	/** For whoever is in the swarm. */
	| { readonly type: 'introduction'; readonly introduction: Introduction }
	/** A step of a negotiation that this tab has started, or for a swarm it is in. */
	| { readonly type: 'signal'; readonly to: TabId; readonly signal: WebRtcSignal };

export type CallResult =
	| { readonly ok: true; readonly value: unknown }
	| { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export type TabMessage = TabMessageBody & { readonly tabProtocol: number };

/** Only tabs of this origin can post, so the shape is trusted; the version is not. */
export function isTabMessage(value: unknown): value is TabMessage {
	return (
		typeof value === 'object' &&
		value !== null &&
		'tabProtocol' in value &&
		value.tabProtocol === tabProtocolVersion
	);
}
