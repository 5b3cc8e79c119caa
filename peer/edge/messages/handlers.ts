// The table of everything an edge may say, exhaustive by type: a new case in the .proto does not compile until
// it has its handler. The dispatcher is the only place that catches.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { EdgeMessage } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Logger } from '../../ports.ts';
import { availabilityChanged } from './availability-changed.ts';
import { catalogIdAssignments } from './catalog-id-assignments.ts';
import { challenge } from './challenge.ts';
import type { EdgeMessageContext } from './context.ts';
import { drain } from './drain.ts';
import { fileDeleteRequest } from './file-delete-request.ts';
import { fileHashRequest } from './file-hash-request.ts';
import { fileRemapRequest } from './file-remap-request.ts';
import { heartbeat } from './heartbeat.ts';
import { posterStored } from './poster-stored.ts';
import { reject } from './reject.ts';
import { screenshotCaptureRequest } from './screenshot-capture-request.ts';
import { snapshotRequest } from './snapshot-request.ts';
import { subscriptionMatched } from './subscription-matched.ts';
import { swarmPeers } from './swarm-peers.ts';
import { swarmWanted } from './swarm-wanted.ts';
import { webrtcSignal } from './webrtc-signal.ts';
import { welcome } from './welcome.ts';

type Body = EdgeMessage['body'];
type Case = NonNullable<Body['case']>;
type Message<C extends Case> = Extract<Body, { case: C }>['value'];

export type EdgeMessageHandlers = {
	readonly [C in Case]: (context: EdgeMessageContext, message: Message<C>) => Promise<void> | void;
};

const handlers: EdgeMessageHandlers = {
	challenge,
	welcome,
	reject,
	catalogIdAssignments,
	snapshotRequest,
	posterStored,
	fileDeleteRequest,
	fileHashRequest,
	fileRemapRequest,
	screenshotCaptureRequest,
	webrtcSignal,
	subscriptionMatched,
	availabilityChanged,
	heartbeat,
	drain,
	swarmPeers,
	swarmWanted,
};

/**
 * Hands a message to its handler. Handlers begin in the order of the messages; one that takes long, such as
 * hashing, holds up nobody. Never throws.
 */
export async function handleEdgeMessage(
	context: EdgeMessageContext,
	message: EdgeMessage,
	logger: Logger,
): Promise<void> {
	const { body } = message;
	// A case that a newer edge knows and we do not arrives without one.
	if (body.case === undefined) return;
	try {
		await handle(body.case, context, body);
	} catch (caught) {
		if (context.stream.signal.aborted) return;
		const { code, message: reason } = GiggityflixError.from(caught);
		logger.warn('a message of the edge could not be handled', { case: body.case, code, reason });
	}
}

function handle<C extends Case>(
	name: C,
	context: EdgeMessageContext,
	body: { readonly case: C; readonly value: Message<C> },
): Promise<void> | void {
	return handlers[name](context, body.value);
}
