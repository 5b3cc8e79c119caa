// Commands of a backend find their peer's edge, or are refused at once.
import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeCommand } from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { FileHashRequestSchema } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeId } from '../../../proto/ids.ts';
import { openTrackerWorld, type TrackerWorld } from '../../support/tracker-world.ts';

const command = {
	commandId: 'c'.repeat(26),
	peerId: 'laptop',
	request: {
		case: 'fileHash' as const,
		value: create(FileHashRequestSchema, { catalogId: 'a'.repeat(26) }),
	},
};

describe('routeCommand', () => {
	let world: TrackerWorld;
	let commands: EdgeCommand[];
	beforeEach(async () => {
		world = await openTrackerWorld();
		commands = [];
		await world.bus.subscribe({
			group: 'edge-b',
			topics: [world.topics.edgeCommands('edge-b' as EdgeId)],
			handle: async ({ body }) => {
				if (body.case === 'edgeCommand') commands.push(body.value);
			},
		});
	});
	afterEach(() => world.stop());

	it('gives a command to the edge that holds the peer', async () => {
		await world.comeOnline('laptop', 's1', 'edge-b');
		expect((await world.client.routeCommand({ command })).edgeId).toBe('edge-b');
		await world.settle();
		expect(commands).toMatchObject([command]);
	});

	it('says at once that a peer is away', async () => {
		await world.comeOnline('laptop', 's1', 'edge-b');
		await world.goOffline('laptop', 's1', 'edge-b');
		await expect(world.client.routeCommand({ command })).rejects.toMatchObject({
			code: Code.NotFound,
		});
	});

	it.each([
		['no command', undefined],
		['no request', { ...command, request: { case: undefined } }],
		['a malformed id', { ...command, commandId: '7' }],
		['a malformed peer id', { ...command, peerId: '?' }],
	])('refuses %s', async (_, malformed) => {
		await world.comeOnline('laptop', 's1', 'edge-b');
		await expect(
			world.client.routeCommand(malformed === undefined ? {} : { command: malformed }),
		).rejects.toMatchObject({ code: Code.InvalidArgument });
		expect(commands).toEqual([]);
	});
});
