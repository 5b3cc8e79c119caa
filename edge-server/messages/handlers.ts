// The table of what a peer may say, typed from the `oneof`: a new case without a handler does not compile.
// Each handler is a plain function in the file named after its case. Hello is the only one that meets a
// session without a peer.
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import type { CommandRunner } from '../commands/command-runner.ts';
import type { PeerMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeId } from '../../proto/ids.ts';
import type { Clock, PosterStore } from '../ports.ts';
import type { Admission } from '../sessions/admission.ts';
import type { AvailabilityFeed } from '../sessions/availability-feed.ts';
import type { AdmittedPeer, Session } from '../sessions/session.ts';
import type { SwarmIntroductions } from '../swarms/introductions.ts';
import { catalogDelta } from './catalog-delta.ts';
import { catalogInterest } from './catalog-interest.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { fileDeleteResponse } from './file-delete-response.ts';
import { fileHashResponse } from './file-hash-response.ts';
import { fileRemapResponse } from './file-remap-response.ts';
import { heartbeat } from './heartbeat.ts';
import { hello } from './hello.ts';
import { poster } from './poster.ts';
import { screenshotCaptureResponse } from './screenshot-capture-response.ts';
import { swarmMembership } from './swarm-membership.ts';

/** What a peer says: one case of the `oneof`. */
export type PeerBody = Exclude<PeerMessage['body'], { case: undefined }>;

/** What handlers work with, the same for every session. */
export interface MessagePorts {
	readonly edgeId: EdgeId;
	readonly bus: MessageBus;
	readonly topics: Topics;
	readonly clock: Clock;
	readonly posters: PosterStore;
	readonly feed: AvailabilityFeed;
	readonly introductions: SwarmIntroductions;
	readonly commands: CommandRunner;
	readonly admission: Admission;
}

export interface HelloContext extends MessagePorts {
	readonly session: Session;
	/** What the hello must have signed. */
	readonly nonce: Uint8Array;
}

export interface PeerContext extends MessagePorts {
	readonly session: Session;
	readonly peer: AdmittedPeer;
}

type MessageOf<Case extends PeerBody['case']> = Extract<PeerBody, { case: Case }>['value'];

export type Handlers = {
	readonly [Case in PeerBody['case']]: (
		context: Case extends 'hello' ? HelloContext : PeerContext,
		message: MessageOf<Case>,
	) => Promise<void> | void;
};

export const handlers: Handlers = {
	hello,
	catalogSnapshot,
	catalogDelta,
	poster,
	catalogInterest,
	fileDeleteResponse,
	fileHashResponse,
	fileRemapResponse,
	screenshotCaptureResponse,
	heartbeat,
	swarmMembership,
};
