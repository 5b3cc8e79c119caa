import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { readEdgeConfig } from '../../../../edge-server/config.ts';
import { createOperator } from '../../../../edge-server/operator/operator.ts';
import type { PeerBody } from '../../../../edge-server/messages/handlers.ts';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	FileDeleteResponseSchema,
	FileHashResponseSchema,
	FileRemapResponseSchema,
	ScreenshotCaptureResponseSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	createCountingBytes,
	createEdgeWorld,
	createSigner,
	edgeId,
	settle,
} from '../../../support/edge-world.ts';
import { webP } from '../../../support/web-p.ts';

const ada = createSigner(1);
const token = 'a-token-of-some-length';
const catalogId = 'a'.repeat(26);
const commandId = 'c'.repeat(26);

function open() {
	const world = createEdgeWorld();
	const operator = createOperator({
		...world,
		config: readEdgeConfig({ EDGE_ID: edgeId, OPERATOR_TOKEN: token }),
		tracker: world.tracker.client,
		randomBytes: createCountingBytes(),
		logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
		state: () => ({ address: 'here:8080', peers: 0, maxPeers: 10, isDraining: false }),
	});
	const api = operator.handle!;
	const remoteAddress = '198.51.100.7';
	const ask = async (path: string, init: RequestInit = {}, shown = `Bearer ${token}`) => {
		const headers = { authorization: shown };
		const request = new Request(`http://edge${path}`, { headers, ...init });
		const response = await api(request, { remoteAddress });
		return { status: response.status, headers: response.headers, body: await response.json() };
	};
	const command = (body: unknown) =>
		ask('/api/operator/commands', {
			method: 'POST',
			body: typeof body === 'string' ? body : JSON.stringify(body),
		});
	return { world, ask, command };
}

const deletion = { peerId: ada.peerId, commandId, command: { kind: 'file-delete', catalogId } };

describe('the operator API', () => {
	it.each(['', 'Bearer', 'Bearer guess', `Basic ${token}`, `Bearer ${token}x`])(
		'answers nobody who shows %j',
		async (shown) => {
			const { status, headers, body } = await open().ask('/api/operator/snapshot', {}, shown);
			expect(status).toBe(401);
			expect(headers.get('www-authenticate')).toBe('Bearer');
			expect(body).toMatchObject({ code: 'unauthenticated' });
		},
	);

	it('stops listening to an address that guesses, and forgives it in time', async () => {
		const { world, ask } = open();
		const path = '/api/operator/snapshot';
		for (let guess = 0; guess < 10; guess += 1) {
			expect((await ask(path, {}, `Bearer guess ${guess}`)).status).toBe(401);
		}
		expect(await ask(path)).toMatchObject({ status: 429, body: { code: 'resource-exhausted' } });
		world.clock.advance(6_000);
		expect((await ask(path)).status).toBe(200);
	});

	it('tells who is connected', async () => {
		const { world, ask } = open();
		const peer = await world.admit(ada);
		const { status, headers, body } = await ask('/api/operator/snapshot');
		expect(status).toBe(200);
		expect(headers.get('cache-control')).toBe('no-store');
		expect(body).toMatchObject({
			edgeId,
			peers: [
				{
					peerId: ada.peerId,
					edgeId,
					sessionId: peer.of('welcome')[0]?.sessionId,
					here: { door: 'websocket', remoteAddress: '192.0.2.1' },
				},
			],
		});
	});

	it('closes one session and no other', async () => {
		const { world, ask } = open();
		const [peer, other] = [await world.admit(ada), await world.admit(createSigner(2))];
		const { sessionId } = peer.of('welcome')[0]!;
		const close = () => ask(`/api/operator/sessions/${sessionId}`, { method: 'DELETE' });
		expect(await close()).toMatchObject({ status: 200, body: { sessionId } });
		expect(peer.closedWith?.error?.code).toBe('unavailable');
		expect(other.closedWith).toBeUndefined();
		expect(await close()).toMatchObject({ status: 404, body: { code: 'not-found' } });
	});

	it.each<[object, PeerBody, object]>([
		[
			{ kind: 'file-delete', catalogId },
			{ case: 'fileDeleteResponse', value: create(FileDeleteResponseSchema, { commandId }) },
			{ commandId },
		],
		[
			{ kind: 'file-remap', oldCatalogId: catalogId, newCatalogId: 'b'.repeat(26) },
			{ case: 'fileRemapResponse', value: create(FileRemapResponseSchema, { commandId }) },
			{ commandId },
		],
		[
			{ kind: 'file-hash', catalogId },
			{
				case: 'fileHashResponse',
				value: create(FileHashResponseSchema, { commandId, mediaId: new Uint8Array(32).fill(171) }),
			},
			{ commandId, mediaId: 'ab'.repeat(32) },
		],
		[
			{ kind: 'screenshot-capture', catalogId, atMs: [1_000] },
			{
				case: 'screenshotCaptureResponse',
				value: create(ScreenshotCaptureResponseSchema, {
					commandId,
					screenshots: [{ atMs: 1_001n, image: webP(12) }],
				}),
			},
			{
				commandId,
				screenshots: [{ atMs: 1_001, image: Buffer.from(webP(12)).toString('base64') }],
			},
		],
	])('carries out %j', async (command, answer, result) => {
		const { world, command: send } = open();
		const peer = await world.admit(ada);
		const response = send({ peerId: ada.peerId, commandId, command });
		await settle();
		await peer.say(answer);
		expect(await response).toMatchObject({ status: 200, body: result });
	});

	it('chooses an id for a command that has none', async () => {
		const { world, command } = open();
		const peer = await world.admit(ada);
		void command({ ...deletion, commandId: undefined });
		await settle();
		expect(peer.of('fileDeleteRequest')[0]?.commandId).toMatch(/^[a-z2-7]{26}$/);
	});

	it.each([
		['not JSON', '{', 'the body is not JSON'],
		['nothing', {}, 'peerId'],
		['an unknown kind', { ...deletion, command: { kind: 'format-disk', catalogId } }, 'kind'],
		['a malformed id', { ...deletion, command: { kind: 'file-hash', catalogId: '/' } }, 'base32'],
		['a field too many', { ...deletion, force: true }, 'force'],
		['a malformed peer', { ...deletion, peerId: '?' }, 'malformed peer id'],
		['a malformed command id', { ...deletion, commandId: '1' }, 'malformed command id'],
		['far too much', `"${'x'.repeat(20_000)}"`, 'bytes'],
		[
			'a time before the film',
			{ ...deletion, command: { kind: 'screenshot-capture', catalogId, atMs: [-1] } },
			'atMs',
		],
	])('refuses %s and says why', async (_, body, reason) => {
		const answer = await open().command(body);
		expect(answer.status).toBe(400);
		expect(answer.body).toMatchObject({
			code: 'invalid-argument',
			message: expect.stringContaining(reason) as string,
		});
	});

	it('answers with the status of what went wrong', async () => {
		const { world, command } = open();
		expect(await command(deletion)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
		const peer = await world.admit(ada);
		const refused = command(deletion);
		await settle();
		const failure = { code: ErrorCode.NOT_FOUND, message: 'the file is gone' };
		const value = create(FileDeleteResponseSchema, { commandId, failure });
		await peer.say({ case: 'fileDeleteResponse', value });
		expect(await refused).toMatchObject({
			status: 404,
			body: { code: 'not-found', message: 'the file is gone' },
		});
		const slow = command({ ...deletion, commandId: 'd'.repeat(26) });
		await world.pass(15_000, 15_000);
		expect(await slow).toMatchObject({ status: 504, body: { code: 'timed-out' } });
	});

	it('keeps the pictures of a command for whoever asks', async () => {
		const { world, ask, command } = open();
		const peer = await world.admit(ada);
		const taken = { kind: 'screenshot-capture', catalogId, atMs: [] };
		const answered = command({ peerId: ada.peerId, commandId, command: taken });
		await settle();
		const value = { commandId, screenshots: [{ atMs: 5n, image: webP(12) }] };
		const answer = create(ScreenshotCaptureResponseSchema, value);
		await peer.say({ case: 'screenshotCaptureResponse', value: answer });
		await answered;
		const pictures = [{ atMs: 5, image: Buffer.from(webP(12)).toString('base64') }];
		const kept = await ask(`/api/operator/commands/${commandId}/pictures`);
		expect(kept).toMatchObject({ status: 200, body: { pictures } });
		const { body } = await ask('/api/operator/snapshot');
		const outcome = { kind: 'done', pictures: 1 };
		expect(body).toMatchObject({ commands: [{ commandId, kind: taken.kind, outcome }] });
	});

	it('knows its resources and their methods', async () => {
		const { ask } = open();
		expect((await ask('/api/operator/secrets')).status).toBe(404);
		expect((await ask(`/api/operator/commands/${commandId}/pictures`)).status).toBe(404);
		expect((await ask(`/api/operator/snapshot?films=${'x'.repeat(201)}`)).status).toBe(400);
		const wrong = await ask('/api/operator/snapshot', { method: 'DELETE' });
		expect(wrong.status).toBe(405);
		expect(wrong.headers.get('allow')).toBe('GET');
	});
});
