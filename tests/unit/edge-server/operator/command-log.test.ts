import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../../bus/topics.ts';
import { createCommandLog } from '../../../../edge-server/operator/command-log.ts';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { PeerCommandCompletedSchema } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import {
	FileHashRequestSchema,
	FileHashResponseSchema,
	ScreenshotCaptureResponseSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { CommandId, EdgeId, PeerId } from '../../../../proto/ids.ts';
import { createEdgeWorld, createSigner, edgeId, settle } from '../../../support/edge-world.ts';

const ada = createSigner(1);
const peerId = ada.peerId as PeerId;
const commandId = 'c'.repeat(26) as CommandId;
const catalogId = 'a'.repeat(26);
const hash = () => ({
	commandId,
	peerId,
	request: { case: 'fileHash' as const, value: create(FileHashRequestSchema, { catalogId }) },
});

async function open(held?: EdgeId) {
	const world = createEdgeWorld();
	const topics = defaultTopics;
	if (held) world.tracker.leases.set(peerId, { peerId, edgeId: held, sessionId: 's' } as never);
	const log = createCommandLog({
		...{ edgeId, topics, bus: world.bus, clock: world.clock },
		commands: world.sessions.commands,
	});
	await world.sessions.start();
	await log.start();
	const complete = (fields: MessageInitShape<typeof PeerCommandCompletedSchema>) =>
		world.bus.deliver(topics.peerCommandCompleted, {
			case: 'peerCommandCompleted',
			value: create(PeerCommandCompletedSchema, { commandId, peerId, ...fields }),
		});
	return { world, log, complete };
}

const hashed = create(FileHashResponseSchema, { commandId, mediaId: new Uint8Array(32).fill(1) });

describe('createCommandLog', () => {
	it('sends to a peer of this edge and shows what becomes of it', async () => {
		const { world, log } = await open();
		const peer = await world.admit(ada);
		const sent = log.send(hash());
		await settle();
		const row = { commandId, peerId, kind: 'file-hash', sentAtMs: world.clock.now() };
		expect(log.list()).toEqual([{ ...row, outcome: { kind: 'pending' } }]);
		await peer.say({ case: 'fileHashResponse', value: hashed });
		expect((await sent).case).toBe('fileHash');
		const outcome = { kind: 'done', atMs: world.clock.now(), mediaId: '01'.repeat(32) };
		expect(log.list()).toEqual([{ ...row, outcome }]);
	});

	it('reaches a peer of another edge, and takes its answer from the bus', async () => {
		const { log, complete } = await open('edge-b' as EdgeId);
		const sent = log.send(hash());
		await settle();
		await complete({ response: { case: 'fileHash', value: hashed } });
		expect((await sent).value).toMatchObject({ commandId });
		expect(log.list()).toMatchObject([{ kind: 'file-hash', outcome: { kind: 'done' } }]);
	});

	it('passes the refusal of a peer elsewhere on', async () => {
		const { log, complete } = await open('edge-b' as EdgeId);
		const sent = log.send(hash());
		const refused = expect(sent).rejects.toMatchObject({ code: 'not-found' });
		await settle();
		await complete({ failure: { code: ErrorCode.NOT_FOUND, message: 'gone' } });
		await refused;
		const outcome = { kind: 'failed', code: 'not-found', message: 'gone' };
		expect(log.list()).toMatchObject([{ outcome }]);
	});

	it('does not wait for ever for an edge that never answers', async () => {
		const { world, log } = await open('edge-b' as EdgeId);
		const late = expect(log.send(hash())).rejects.toMatchObject({ code: 'timed-out' });
		await settle();
		world.clock.advance(30 * 60_000 + 5_000);
		await late;
	});

	it('says at once that a peer is away', async () => {
		const { log } = await open();
		await expect(log.send(hash())).rejects.toMatchObject({ code: 'unavailable' });
		expect(log.list()).toMatchObject([{ outcome: { kind: 'failed', code: 'unavailable' } }]);
	});

	it('shows results of commands that somebody else has sent, pictures too', async () => {
		const { log, complete } = await open();
		const screenshots = [{ atMs: 5n, image: new Uint8Array([1]) }];
		const value = create(ScreenshotCaptureResponseSchema, { commandId, screenshots });
		await complete({ response: { case: 'screenshotCapture', value } });
		const [row] = log.list();
		expect(row).toMatchObject({ kind: 'screenshot-capture', outcome: { pictures: 1 } });
		expect(row).not.toHaveProperty('sentAtMs');
		expect(log.pictures(commandId)).toEqual([{ atMs: 5, image: 'AQ==' }]);
	});

	it('keeps the latest two hundred, and the pictures of sixteen', async () => {
		const { log, complete } = await open();
		const value = create(ScreenshotCaptureResponseSchema, { screenshots: [] });
		for (let number = 0; number < 205; number += 1) {
			const id = `command-${number}`;
			await complete({
				commandId: id,
				response: { case: 'screenshotCapture', value: { ...value, commandId: id } },
			});
		}
		expect(log.list()).toHaveLength(200);
		expect(log.list()[0]?.commandId).toBe('command-204');
		expect(log.pictures('command-189')).toEqual([]);
		expect(log.pictures('command-188')).toBeUndefined();
	});

	it('lets go of those who wait when the edge leaves', async () => {
		const { log } = await open('edge-b' as EdgeId);
		const left = expect(log.send(hash())).rejects.toMatchObject({ code: 'unavailable' });
		await settle();
		await log.stop();
		await left;
	});
});
