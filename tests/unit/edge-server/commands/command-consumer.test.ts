import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../../bus/topics.ts';
import { EdgeCommandSchema } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	FileDeleteResponseSchema,
	type FileDeleteRequest,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	createEdgeWorld,
	createSigner,
	edgeId,
	settle,
	type EdgeWorld,
} from '../../../support/edge-world.ts';

const ada = createSigner(1);
const commandId = 'c'.repeat(26);

async function command(world: EdgeWorld, changes: object = {}): Promise<void> {
	const request = { case: 'fileDelete', value: { catalogId: 'a'.repeat(26) } };
	const value = create(EdgeCommandSchema, {
		commandId,
		peerId: ada.peerId,
		request: request as { case: 'fileDelete'; value: FileDeleteRequest },
		...changes,
	});
	await world.bus.deliver(defaultTopics.edgeCommands(edgeId), { case: 'edgeCommand', value });
	await settle();
}

async function running(): Promise<EdgeWorld> {
	const world = createEdgeWorld();
	await world.sessions.start();
	return world;
}

const answer = {
	case: 'fileDeleteResponse',
	value: create(FileDeleteResponseSchema, { commandId }),
} as const;

describe('commands that come by the bus', () => {
	it('are carried out, and the outcome is published', async () => {
		const world = await running();
		const peer = await world.admit(ada);
		await command(world);
		expect(world.bus.of('peerCommandCompleted')).toHaveLength(0);
		await peer.say(answer);
		await settle();
		expect(world.bus.of('peerCommandCompleted')).toMatchObject([
			{ commandId, peerId: ada.peerId, response: { case: 'fileDelete', value: { commandId } } },
		]);
		expect(world.bus.published.at(-1)).toMatchObject({
			topic: 'peer.command.completed',
			key: ada.peerId,
		});
	});

	it('are executed once and answered each time when they come twice', async () => {
		const world = await running();
		const peer = await world.admit(ada);
		await command(world);
		await command(world);
		await peer.say(answer);
		await settle();
		expect(peer.of('fileDeleteRequest')).toHaveLength(1);
		expect(world.bus.of('peerCommandCompleted')).toHaveLength(2);
	});

	it.each<[string, object, ErrorCode]>([
		['a peer that is away', {}, ErrorCode.UNAVAILABLE],
		['no request', { request: { case: undefined } }, ErrorCode.UNSUPPORTED],
		['a malformed id', { commandId: '7' }, ErrorCode.INVALID_ARGUMENT],
		['a malformed peer id', { peerId: '?' }, ErrorCode.INVALID_ARGUMENT],
	])('for %s fail at once', async (_, changes, code) => {
		const world = await running();
		await command(world, changes);
		expect(world.bus.of('peerCommandCompleted')).toMatchObject([{ failure: { code } }]);
	});

	it('are answered as unavailable when the edge stops', async () => {
		const world = await running();
		await world.admit(ada);
		await command(world);
		await world.sessions.stop();
		expect(world.bus.of('peerCommandCompleted')).toMatchObject([
			{ failure: { code: ErrorCode.UNAVAILABLE } },
		]);
	});

	it('whose outcome cannot be published are logged', async () => {
		const world = await running();
		world.bus.beforeStore = async () => {
			throw new Error('no broker');
		};
		await command(world);
		expect(world.log).toMatchObject([{ level: 'error', fields: { commandId } }]);
	});
});
