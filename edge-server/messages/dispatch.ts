// From a decoded message to its handler, in the only order the protocol allows: hello first and once. The
// only place that catches what a handler throws: a known error is answered with its code, an unknown one is
// logged once and answered as internal.
import { withLogFields, type LogFields } from '../../bus/log-context.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Logger } from '../ports.ts';
import { rejectOf, type Session } from '../sessions/session.ts';
import type { Handlers, MessagePorts, PeerBody, PeerContext } from './handlers.ts';

/** Handles one message of a session. Never throws. */
export type Dispatch = (session: Session, message: PeerMessage) => Promise<void>;

export function createDispatch(deps: {
	handlers: Handlers;
	ports: MessagePorts;
	logger: Logger;
}): Dispatch {
	const { handlers, ports, logger } = deps;
	const dispatch: Dispatch = async (session, { body }) => {
		const state = session.state();
		if (state.kind === 'closing') return;
		try {
			if (state.kind === 'admitted') {
				await handle(handlers, { ...ports, session, peer: state.peer }, body);
			} else if (state.kind === 'challenged' && body.case === 'hello') {
				await handlers.hello({ ...ports, session, nonce: state.nonce }, body.value);
			} else {
				session.refuse(new GiggityflixError('invalid-argument', 'hello must be the first message'));
			}
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (error.code === 'internal') logDefect(logger, session, body.case, error);
			// Without admission there is nothing to go on with; afterwards one bad message is only that.
			if (session.state().kind === 'admitted') session.send(rejectOf(error));
			else session.refuse(error);
		}
	};
	return (session, message) => withLogFields(idsOf(session), () => dispatch(session, message));
}

/** What log lines about a message of this session say. */
function idsOf(session: Session): LogFields {
	const state = session.state();
	const sessionId = session.id;
	return state.kind === 'admitted' ? { sessionId, peerId: state.peer.peerId } : { sessionId };
}

async function handle(
	handlers: Handlers,
	context: PeerContext,
	body: PeerMessage['body'],
): Promise<void> {
	if (body.case === undefined) {
		throw new GiggityflixError('unsupported', 'a message this edge does not know');
	}
	if (body.case === 'hello') {
		context.session.refuse(new GiggityflixError('invalid-argument', 'hello is said once'));
		return;
	}
	await callHandler(handlers, context, body);
}

function callHandler<Case extends Exclude<PeerBody['case'], 'hello'>>(
	handlers: Handlers,
	context: PeerContext,
	body: { case: Case; value: unknown },
): Promise<void> | void {
	// The table's type ties case to message; TypeScript cannot follow that through an index.
	const handler = handlers[body.case] as (context: PeerContext, message: unknown) => Promise<void>;
	return handler(context, body.value);
}

function logDefect(
	logger: Logger,
	session: Session,
	messageCase: string | undefined,
	error: GiggityflixError,
): void {
	logger.error('a message handler failed', {
		sessionId: session.id,
		door: session.stream.door,
		message: messageCase,
		error: error.cause ?? error,
	});
}
