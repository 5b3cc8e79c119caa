// Commands that come by the bus: each is run and its outcome published. The bus is answered as soon as the
// command is on its way, since it delivers the next event of a peer only then and hashing takes minutes.
// An edge that dies in between takes the peer's stream with it; whoever asked waits for its own time-out.
import { create } from '@bufbuild/protobuf';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	PeerCommandCompletedSchema,
	type EdgeCommand,
	type PeerCommandCompleted,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { parseCommandId, parsePeerId } from '../../proto/ids.ts';
import type { Logger } from '../ports.ts';
import type { CommandRunner } from './command-runner.ts';

export interface CommandConsumer {
	/** Starts a command. Never throws: whatever goes wrong is its published outcome. */
	accept(command: EdgeCommand): void;
	/** Stops waiting for answers; resolves when every outcome is published. */
	stop(): Promise<void>;
}

interface Deps {
	readonly commands: CommandRunner;
	readonly bus: MessageBus;
	readonly topics: Topics;
	readonly logger: Logger;
}

export function createCommandConsumer(deps: Deps): CommandConsumer {
	const stopping = new AbortController();
	const running = new Set<Promise<void>>();
	return {
		accept: (command) => {
			const run = execute(deps, command, stopping.signal).finally(() => running.delete(run));
			running.add(run);
		},
		stop: async () => {
			stopping.abort(new GiggityflixError('unavailable', 'the edge is going away'));
			await Promise.all(running);
		},
	};
}

async function execute(deps: Deps, command: EdgeCommand, signal: AbortSignal): Promise<void> {
	const { commandId, peerId } = command;
	const result = await outcome(deps, command, signal);
	const value = create(PeerCommandCompletedSchema, { commandId, peerId, ...result });
	try {
		await deps.bus.publish(deps.topics.peerCommandCompleted, peerId, {
			case: 'peerCommandCompleted',
			value,
		});
	} catch (caught) {
		const { message: reason } = GiggityflixError.from(caught);
		deps.logger.error('the outcome of a command could not be published', { commandId, reason });
	}
}

async function outcome(
	deps: Deps,
	{ commandId, peerId, request }: EdgeCommand,
	signal: AbortSignal,
): Promise<Partial<Pick<PeerCommandCompleted, 'failure' | 'response'>>> {
	try {
		if (request.case === undefined) {
			throw new GiggityflixError('unsupported', 'a command this edge does not know');
		}
		const command = {
			commandId: parseCommandId(commandId),
			peerId: parsePeerId(peerId),
			request,
		};
		return { response: await deps.commands.run(command, signal) };
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		if (error.code === 'internal') {
			deps.logger.error('a command failed', { commandId, error: error.cause ?? error });
		}
		return { failure: error.toFailure() };
	}
}
