// Commands to peers of other edges: by way of the tracker, answered by the bus.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createClusterCommands } from '../../../../edge-server/commands/cluster-commands.ts';
import type { Command } from '../../../../edge-server/commands/command-runner.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { PeerCommandCompletedSchema } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import {
	FileDeleteRequestSchema,
	FileDeleteResponseSchema,
	FileHashResponseSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	RouteCommandResponseSchema,
	type RouteCommandRequestSchema,
} from '../../../../proto/gen/giggityflix/v1/tracker_pb.js';
import { parseCommandId, parsePeerId } from '../../../../proto/ids.ts';
import { settle } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;
const command = (peer: string): Command => ({
	commandId: parseCommandId('c'.repeat(26)),
	peerId: parsePeerId(peer),
	request: {
		case: 'fileDelete',
		value: create(FileDeleteRequestSchema, { catalogId: 'a'.repeat(26) }),
	},
});
const response = {
	case: 'fileDelete' as const,
	value: create(FileDeleteResponseSchema, { commandId: 'c'.repeat(26) }),
};

/** An edge with `here` on it. */
function open() {
	const clock = createManualClock();
	const routed: (string | undefined)[] = [];
	const local: string[] = [];
	const world = { clock, routed, local, tracker: async (): Promise<void> => undefined };
	const commands = createClusterCommands({
		clock,
		isHere: (peerId) => peerId === 'here',
		local: {
			run: async ({ peerId }) => {
				local.push(peerId);
				return response;
			},
		},
		tracker: {
			async routeCommand(request: MessageInitShape<typeof RouteCommandRequestSchema>) {
				routed.push(request.command?.peerId);
				await world.tracker();
				return create(RouteCommandResponseSchema, { edgeId: 'edge-b' });
			},
		},
	});
	const complete = (outcome: MessageInitShape<typeof PeerCommandCompletedSchema>) =>
		commands.completed(
			create(PeerCommandCompletedSchema, { commandId: 'c'.repeat(26), ...outcome }),
		);
	return { ...world, world, commands, complete };
}

describe('commands in a cluster', () => {
	it('to a peer of this edge stay here', async () => {
		const { commands, local, routed } = open();
		expect(await commands.run(command('here'), never)).toBe(response);
		expect([local, routed]).toEqual([['here'], []]);
	});

	it('to a peer of another edge are routed, and answered when they are completed', async () => {
		const { commands, complete, routed, clock } = open();
		const outcomes = [command('there'), command('there')].map((each) => commands.run(each, never));
		await settle();
		expect(routed).toEqual(['there', 'there']);
		complete({ commandId: 'd'.repeat(26), response });
		complete({ response });
		expect(await Promise.all(outcomes)).toMatchObject([response, response]);
		expect(clock.pending()).toBe(0);
	});

	it('may be completed before the tracker has answered', async () => {
		const { commands, complete, world } = open();
		world.tracker = async () => complete({ response });
		expect(await commands.run(command('there'), never)).toMatchObject(response);
	});

	it('to a peer that is away are refused at once', async () => {
		const { commands, world, clock } = open();
		world.tracker = async () => {
			throw new ConnectError('away', Code.NotFound);
		};
		await expect(commands.run(command('there'), never)).rejects.toMatchObject({
			code: 'unavailable',
		});
		expect(clock.pending()).toBe(0);
	});

	it('are unavailable while the tracker is', async () => {
		const { commands, world } = open();
		world.tracker = async () => {
			throw new ConnectError('slow', Code.DeadlineExceeded);
		};
		await expect(commands.run(command('there'), never)).rejects.toMatchObject({
			code: 'unavailable',
		});
	});

	it('take no answer to another command', async () => {
		const { commands, complete } = open();
		const refused = expect(commands.run(command('there'), never)).rejects.toMatchObject({
			code: 'corrupt',
		});
		await settle();
		complete({
			response: {
				case: 'fileHash',
				value: create(FileHashResponseSchema, { commandId: 'c'.repeat(26) }),
			},
		});
		await refused;
	});

	it.each([
		['its failure', new GiggityflixError('timed-out', 'no answer'), 'timed-out'],
		['no answer at all', undefined, 'unsupported'],
	])('end with %s', async (_, error, code) => {
		const { commands, complete } = open();
		const outcome = commands.run(command('there'), never);
		const refused = expect(outcome).rejects.toMatchObject({ code });
		await settle();
		complete(error === undefined ? {} : { failure: error.toFailure() });
		await refused;
	});

	it('end with a time-out when the other edge is silent, and with the caller when it goes', async () => {
		const { commands, clock } = open();
		const silent = expect(commands.run(command('there'), never)).rejects.toMatchObject({
			code: 'timed-out',
		});
		await settle();
		clock.advance(20_000);
		await silent;
		const leaving = new AbortController();
		const left = expect(commands.run(command('there'), leaving.signal)).rejects.toThrow('gone');
		await settle();
		leaving.abort(new Error('gone'));
		await left;
		expect(clock.pending()).toBe(0);
	});
});
