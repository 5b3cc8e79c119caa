// Commands an operator sends, and what became of every command of the cluster that this edge hears of. How a peer is
// reached is not known here. Bounded; in memory.
import type { MessageBus, Subscription } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerCommandCompleted } from '../../proto/gen/giggityflix/v1/events_pb.js';
import type { EdgeId } from '../../proto/ids.ts';
import type {
	CommandKind,
	CommandOutcome,
	CommandPicture,
	CommandRow,
} from '../../proto/operator.ts';
import type { Command, CommandRunner } from '../commands/command-runner.ts';
import type { CommandCase, CommandResponse } from '../commands/command-table.ts';
import type { Clock } from '../ports.ts';
import { picturesOf } from './command-json.ts';

const maxRows = 200;
/** Commands whose pictures are kept: 16 pictures of 64 KiB each at most. */
const maxWithPictures = 16;

export interface CommandLog {
	/** Follows the results of commands on the bus. */
	start(): Promise<void>;
	stop(): Promise<void>;
	/** The peer's answer. Throws as `CommandRunner.run` does, and the failure the peer answers with. */
	send(command: Command): Promise<CommandResponse>;
	/** The latest first. */
	list(): CommandRow[];
	/** The pictures of one of the latest commands that took some. */
	pictures(commandId: string): CommandPicture[] | undefined;
}

interface Deps {
	readonly edgeId: EdgeId;
	/** For peers of every edge. */
	readonly commands: Pick<CommandRunner, 'run'>;
	readonly bus: MessageBus;
	readonly topics: Topics;
	readonly clock: Clock;
}

interface State extends Deps {
	readonly rows: Map<string, CommandRow>;
	readonly pictures: Map<string, CommandPicture[]>;
	/** Ends the wait of those who send. */
	readonly leaving: AbortController;
}

const kinds: Record<CommandCase, CommandKind> = {
	fileDelete: 'file-delete',
	fileHash: 'file-hash',
	fileRemap: 'file-remap',
	screenshotCapture: 'screenshot-capture',
};

export function createCommandLog(deps: Deps): CommandLog {
	const state: State = {
		...deps,
		rows: new Map(),
		pictures: new Map(),
		leaving: new AbortController(),
	};
	let subscription: Subscription | undefined;
	return {
		start: async () => {
			subscription = await deps.bus.subscribe({
				group: `edge.${deps.edgeId}.operator`,
				topics: [deps.topics.peerCommandCompleted],
				handle: async ({ body }) => {
					if (body.case === 'peerCommandCompleted') heard(state, body.value);
				},
			});
		},
		stop: async () => {
			state.leaving.abort(new GiggityflixError('unavailable', 'the edge is going away'));
			await subscription?.close();
		},
		send: (command) => send(state, command),
		list: () => [...state.rows.values()].reverse(),
		pictures: (commandId) => state.pictures.get(commandId),
	};
}

async function send(state: State, command: Command): Promise<CommandResponse> {
	const { commandId, peerId, request } = command;
	const row = { commandId, peerId, kind: kinds[request.case], sentAtMs: state.clock.now() };
	// A command repeated under its id keeps its row, and gets the outcome again.
	if (!state.rows.has(commandId)) put(state, { ...row, outcome: { kind: 'pending' } });
	try {
		const response = await state.commands.run(command, state.leaving.signal);
		const { failure } = response.value;
		if (failure !== undefined) throw GiggityflixError.fromFailure(failure);
		keepPictures(state, response);
		put(state, { ...row, outcome: succeeded(state, response) });
		return response;
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		put(state, { ...row, outcome: failed(state, error) });
		throw error;
	}
}

/** A result on the bus: of a command somebody else has sent, or once more of one of ours. */
function heard(state: State, completed: PeerCommandCompleted): void {
	const { commandId, peerId, failure, response } = completed;
	const row = { commandId, peerId, ...state.rows.get(commandId) };
	if (failure !== undefined) {
		put(state, { ...row, outcome: failed(state, GiggityflixError.fromFailure(failure)) });
	} else if (response.case !== undefined) {
		keepPictures(state, response);
		put(state, { ...row, kind: kinds[response.case], outcome: succeeded(state, response) });
	}
}

function put({ rows }: State, row: CommandRow): void {
	rows.set(row.commandId, row);
	forgetOldest(rows, maxRows);
}

function keepPictures({ pictures }: State, response: CommandResponse): void {
	if (response.case !== 'screenshotCapture') return;
	pictures.set(response.value.commandId, picturesOf(response.value.screenshots));
	forgetOldest(pictures, maxWithPictures);
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
	for (const key of map.keys()) {
		if (map.size <= max) return;
		map.delete(key);
	}
}

function failed({ clock }: State, { code, message }: GiggityflixError): CommandOutcome {
	return { kind: 'failed', atMs: clock.now(), code, message };
}

function succeeded(
	{ clock }: State,
	{ case: commandCase, value }: CommandResponse,
): CommandOutcome {
	const done = { kind: 'done', atMs: clock.now() } as const;
	if (commandCase === 'fileHash') {
		return { ...done, mediaId: Buffer.from(value.mediaId).toString('hex') };
	}
	if (commandCase === 'screenshotCapture') return { ...done, pictures: value.screenshots.length };
	return done;
}
