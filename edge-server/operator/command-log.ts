// Commands an operator sends, wherever the peer is, and what became of every command of the cluster that this
// edge hears of. A peer of another edge is reached by that edge's command topic; its answer comes by the bus
// like those of commands somebody else has sent. Bounded; in memory.
import { create } from '@bufbuild/protobuf';
import type { MessageBus, Subscription } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	EdgeCommandSchema,
	type PeerCommandCompleted,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { parseEdgeId, type EdgeId } from '../../proto/ids.ts';
import type {
	CommandKind,
	CommandOutcome,
	CommandPicture,
	CommandRow,
} from '../../proto/operator.ts';
import type { Command, CommandRunner } from '../commands/command-runner.ts';
import { planCommand, type CommandCase, type CommandResponse } from '../commands/command-table.ts';
import type { Clock, TrackerClient } from '../ports.ts';
import { picturesOf } from './command-json.ts';

const maxRows = 200;
/** Commands whose pictures are kept: 16 pictures of 64 KiB each at most. */
const maxWithPictures = 16;
/** What the way over the bus may add to the time the peer's own edge gives it. */
const wayMs = 5_000;
const trackerTimeoutMs = 5_000;

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
	readonly commands: Pick<CommandRunner, 'run'>;
	readonly tracker: Pick<TrackerClient, 'locatePeer'>;
	readonly bus: MessageBus;
	readonly topics: Topics;
	readonly clock: Clock;
	readonly isHere: (peerId: string) => boolean;
}

type Settle = (outcome: PeerCommandCompleted | GiggityflixError) => void;

interface State extends Deps {
	readonly rows: Map<string, CommandRow>;
	readonly pictures: Map<string, CommandPicture[]>;
	/** Commands at other edges. */
	readonly waiting: Map<string, Settle>;
}

const kinds: Record<CommandCase, CommandKind> = {
	fileDelete: 'file-delete',
	fileHash: 'file-hash',
	fileRemap: 'file-remap',
	screenshotCapture: 'screenshot-capture',
};

export function createCommandLog(deps: Deps): CommandLog {
	const state: State = { ...deps, rows: new Map(), pictures: new Map(), waiting: new Map() };
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
			const leaving = new GiggityflixError('unavailable', 'the edge is going away');
			for (const settle of [...state.waiting.values()]) settle(leaving);
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
		const response = state.isHere(peerId)
			? await state.commands.run(command, new AbortController().signal)
			: await sendAway(state, command);
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

/** By the bus, to the edge that holds the peer. */
async function sendAway(state: State, command: Command): Promise<CommandResponse> {
	const { commandId, peerId, request } = command;
	const { timeoutMs } = planCommand(request, commandId);
	const edgeId = await locate(state, peerId);
	// The tracker may know before this edge that the peer has come here, or later that it left.
	if (edgeId === state.edgeId) return state.commands.run(command, new AbortController().signal);
	const completed = untilCompleted(state, commandId, timeoutMs + wayMs);
	await state.bus.publish(state.topics.edgeCommands(edgeId), peerId, {
		case: 'edgeCommand',
		value: create(EdgeCommandSchema, { commandId, peerId, request }),
	});
	const { failure, response } = await completed;
	if (failure !== undefined) throw GiggityflixError.fromFailure(failure);
	if (response.case === request.case) return response;
	throw new GiggityflixError('corrupt', 'the answer is to another command');
}

async function locate({ tracker }: State, peerId: string): Promise<EdgeId> {
	try {
		const { lease } = await tracker.locatePeer({ peerId }, { timeoutMs: trackerTimeoutMs });
		return parseEdgeId(lease?.edgeId ?? '');
	} catch (caught) {
		const { code } = GiggityflixError.from(caught);
		if (code === 'not-found') throw new GiggityflixError('unavailable', 'the peer is away');
		throw new GiggityflixError('unavailable', 'the tracker cannot be reached', { cause: caught });
	}
}

function untilCompleted(
	{ clock, waiting }: State,
	commandId: string,
	timeoutMs: number,
): Promise<PeerCommandCompleted> {
	const completed = new Promise<PeerCommandCompleted>((resolve, reject) => {
		const cancelTimer = clock.after(timeoutMs, () => {
			settle(new GiggityflixError('timed-out', `no answer within ${timeoutMs} ms`));
		});
		const settle: Settle = (outcome) => {
			cancelTimer();
			waiting.delete(commandId);
			if (outcome instanceof GiggityflixError) reject(outcome);
			else resolve(outcome);
		};
		waiting.set(commandId, settle);
	});
	// Publishing may fail before anybody waits.
	completed.catch(() => undefined);
	return completed;
}

/** A result on the bus: of a command of ours at another edge, or of somebody else's. */
function heard(state: State, completed: PeerCommandCompleted): void {
	const { commandId, peerId, failure, response } = completed;
	const settle = state.waiting.get(commandId);
	if (settle) {
		settle(completed);
		return;
	}
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
