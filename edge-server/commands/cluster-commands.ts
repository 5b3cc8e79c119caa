// Commands to peers wherever they are: those of this edge by its runner, others by way of the tracker, which knows
// their edge and gives it the command; the outcome comes back by the bus. Knows nothing of what a command does.
import { Code, ConnectError } from '@connectrpc/connect';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerCommandCompleted } from '../../proto/gen/giggityflix/v1/events_pb.js';
import type { PeerId } from '../../proto/ids.ts';
import type { Clock, TrackerClient } from '../ports.ts';
import { unlessAborted, type Command, type CommandRunner } from './command-runner.ts';
import { planCommand, type CommandResponse } from './command-table.ts';

/** The way there and back, on top of the time the other edge gives the peer. */
const wayMs = 5_000;
const trackerTimeoutMs = 5_000;

export interface ClusterCommands {
	/** As `CommandRunner.run`, for any peer. */
	readonly run: CommandRunner['run'];
	/** A command has been carried out somewhere. */
	completed(outcome: PeerCommandCompleted): void;
}

interface Deps {
	readonly local: Pick<CommandRunner, 'run'>;
	readonly isHere: (peerId: PeerId) => boolean;
	readonly tracker: Pick<TrackerClient, 'routeCommand'>;
	readonly clock: Pick<Clock, 'after'>;
}

type Settle = (outcome: CommandResponse | GiggityflixError) => void;

export function createClusterCommands(deps: Deps): ClusterCommands {
	/** Who waits for which command; the same one may be waited for twice. */
	const waiting = new Map<string, Set<Settle>>();

	function expectOutcome(commandId: string, timeoutMs: number) {
		const { promise, resolve, reject } = Promise.withResolvers<CommandResponse>();
		// It may fail before somebody listens, or after nobody does any more.
		promise.catch(() => undefined);
		const waiters = waiting.get(commandId) ?? new Set();
		waiting.set(commandId, waiters);
		const settle: Settle = (outcome) => {
			forget();
			if (outcome instanceof GiggityflixError) reject(outcome);
			else resolve(outcome);
		};
		const cancelTimer = deps.clock.after(timeoutMs, () => {
			settle(new GiggityflixError('timed-out', 'the other edge does not answer'));
		});
		const forget = (): void => {
			cancelTimer();
			waiters.delete(settle);
			if (waiters.size === 0) waiting.delete(commandId);
		};
		waiters.add(settle);
		return { promise, forget };
	}

	async function runElsewhere(command: Command, signal: AbortSignal): Promise<CommandResponse> {
		const { commandId, request } = command;
		const { timeoutMs } = planCommand(request, commandId);
		const outcome = expectOutcome(commandId, timeoutMs + wayMs);
		try {
			await deps.tracker.routeCommand({ command }, { signal, timeoutMs: trackerTimeoutMs });
			const response = await unlessAborted(signal, outcome.promise);
			if (response.case === request.case) return response;
			throw new GiggityflixError('corrupt', 'the answer is to another command');
		} catch (caught) {
			throw caught instanceof ConnectError ? refusalOf(caught, signal) : caught;
		} finally {
			outcome.forget();
		}
	}

	return {
		run: async (command, signal) => {
			if (deps.isHere(command.peerId)) return deps.local.run(command, signal);
			return runElsewhere(command, signal);
		},
		completed: ({ commandId, failure, response }) => {
			const outcome =
				failure === undefined && response.case !== undefined
					? response
					: outcomeWithoutAnswer(failure);
			for (const settle of [...(waiting.get(commandId) ?? [])]) settle(outcome);
		},
	};
}

function outcomeWithoutAnswer(failure: PeerCommandCompleted['failure']): GiggityflixError {
	if (failure !== undefined) return GiggityflixError.fromFailure(failure);
	return new GiggityflixError('unsupported', 'an answer this edge does not know');
}

/** Of the tracker. A caller who has gone hears why it went. */
function refusalOf(cause: ConnectError, signal: AbortSignal): unknown {
	if (signal.aborted) return signal.reason;
	const message =
		cause.code === Code.NotFound ? 'the peer is not connected' : 'the tracker cannot be reached';
	return new GiggityflixError('unavailable', message, { cause });
}
