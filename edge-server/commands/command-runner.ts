// A command to a peer and the wait for its answer. The answer counts only from the session that was asked.
// A command seen twice is executed once: what has been sent is remembered by its id, and whoever repeats it
// gets the same outcome. Knows nothing of where commands come from.
import { noTracer, type SpanOptions, type Tracer } from '../../bus/tracer.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { CommandId, PeerId } from '../../proto/ids.ts';
import type { Clock } from '../ports.ts';
import type { Session } from '../sessions/session.ts';
import {
	checkResponse,
	planCommand,
	type CommandRequest,
	type CommandResponse,
} from './command-table.ts';

/** Outcomes remembered. Each holds a frame at most, so this is 32 MiB when all are pictures. */
const maxRemembered = 256;
/** Commands one edge waits for at once. */
const maxPending = 10_000;

export interface Command {
	readonly commandId: CommandId;
	readonly peerId: PeerId;
	readonly request: CommandRequest;
}

export interface CommandRunner {
	/**
	 * The peer's answer, which may carry its failure. Throws when there is none: `unavailable` (the peer is not here,
	 * or left before it answered), `timed-out`, `invalid-argument`, `corrupt`, or the signal's reason. Aborting
	 * ends the wait, not the command.
	 */
	run(command: Command, signal: AbortSignal): Promise<CommandResponse>;
	/** A session has answered. An answer nobody waits for, being late, is dropped. */
	answered(session: Session, response: CommandResponse): void;
	/** What was asked of this session will not be answered. */
	sessionEnded(session: Session): void;
}

interface Pending {
	readonly session: Session;
	readonly requestCase: CommandRequest['case'];
	readonly settle: (outcome: CommandResponse | GiggityflixError) => void;
}

interface Sent {
	readonly peerId: PeerId;
	readonly requestCase: CommandRequest['case'];
	readonly outcome: Promise<CommandResponse>;
}

interface Deps {
	readonly clock: Clock;
	readonly tracer?: Tracer;
	readonly findSession: (peerId: PeerId) => Session | undefined;
}

export function createCommandRunner(deps: Deps): CommandRunner {
	const { tracer = noTracer } = deps;
	const pending = new Map<CommandId, Pending>();
	const sent = new Map<CommandId, Sent>();

	return {
		run: (command, signal) =>
			tracer.span(`command ${command.request.case}`, spanOf(command), async () => {
				signal.throwIfAborted();
				const repeated = sent.get(command.commandId);
				if (repeated !== undefined) return unlessAborted(signal, sameCommand(repeated, command));
				const outcome = send(deps, pending, command);
				const { peerId, request } = command;
				sent.set(command.commandId, { peerId, requestCase: request.case, outcome });
				forgetOldest(sent, pending);
				return unlessAborted(signal, outcome);
			}),
		answered: (session, response) => {
			const waiting = pending.get(response.value.commandId as CommandId);
			if (waiting?.session !== session || waiting.requestCase !== response.case) return;
			try {
				checkResponse(response);
				waiting.settle(response);
			} catch (caught) {
				waiting.settle(GiggityflixError.from(caught));
			}
		},
		sessionEnded: (session) => {
			for (const waiting of [...pending.values()]) {
				if (waiting.session === session) waiting.settle(unavailable('the peer left'));
			}
		},
	};
}

function spanOf({ commandId, peerId }: Command): SpanOptions {
	return {
		kind: 'client',
		attributes: { 'giggityflix.command_id': commandId, 'giggityflix.peer_id': peerId },
	};
}

/** Throws at once when nothing was sent; such a command may be tried again under its id. */
function send(
	deps: Deps,
	pending: Map<CommandId, Pending>,
	{ commandId, peerId, request }: Command,
): Promise<CommandResponse> {
	const { timeoutMs, message } = planCommand(request, commandId);
	const session = deps.findSession(peerId);
	if (session === undefined) throw unavailable('the peer is not connected to this edge');
	if (pending.size >= maxPending) {
		throw new GiggityflixError('resource-exhausted', 'too many commands are under way');
	}
	const outcome = new Promise<CommandResponse>((resolve, reject) => {
		const cancelTimer = deps.clock.after(timeoutMs, () => {
			settle(new GiggityflixError('timed-out', `no answer within ${timeoutMs} ms`));
		});
		const settle = (result: CommandResponse | GiggityflixError): void => {
			cancelTimer();
			pending.delete(commandId);
			if (result instanceof GiggityflixError) reject(result);
			else resolve(result);
		};
		pending.set(commandId, { session, requestCase: request.case, settle });
	});
	// It may fail while nobody listens any more: the caller has gone and the outcome is only remembered.
	outcome.catch(() => undefined);
	session.send(message);
	return outcome;
}

function sameCommand(before: Sent, command: Command): Promise<CommandResponse> {
	if (before.peerId === command.peerId && before.requestCase === command.request.case) {
		return before.outcome;
	}
	throw new GiggityflixError('already-exists', 'another command has this id');
}

/** Forgets the oldest outcomes; a command under way is never forgotten. */
function forgetOldest(sent: Map<CommandId, Sent>, pending: Map<CommandId, Pending>): void {
	for (const commandId of sent.keys()) {
		if (sent.size - pending.size <= maxRemembered) return;
		if (!pending.has(commandId)) sent.delete(commandId);
	}
}

/** Rejects with the signal's reason as soon as it is aborted; the promise goes on. */
export async function unlessAborted<Result>(
	signal: AbortSignal,
	promise: Promise<Result>,
): Promise<Result> {
	let stopListening = (): void => undefined;
	const aborted = new Promise<never>((_, reject) => {
		const onAbort = (): void => reject(signal.reason as Error);
		signal.addEventListener('abort', onAbort, { once: true });
		stopListening = () => signal.removeEventListener('abort', onAbort);
	});
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		stopListening();
	}
}

function unavailable(message: string): GiggityflixError {
	return new GiggityflixError('unavailable', message);
}
