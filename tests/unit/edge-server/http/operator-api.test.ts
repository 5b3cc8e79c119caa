import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createOperatorApi } from '../../../../edge-server/http/operator-api.ts';
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
	settle,
} from '../../../support/edge-world.ts';
import { webP } from '../../../support/web-p.ts';

const ada = createSigner(1);
const token = 'a-token-of-some-length';
const catalogId = 'a'.repeat(26);
const commandId = 'c'.repeat(26);

function open() {
	const world = createEdgeWorld();
	const api = createOperatorApi({
		token,
		commands: world.sessions.commands,
		sessions: world.sessions,
		randomBytes: createCountingBytes(),
		logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
	});
	const ask = async (path: string, init: RequestInit = {}, shown = `Bearer ${token}`) => {
		const headers = { authorization: shown };
		const request = new Request(`http://edge${path}`, { headers, ...init });
		const response = await api(request);
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

describe('createOperatorApi', () => {
	it.each(['', 'Bearer', 'Bearer guess', `Basic ${token}`, `Bearer ${token}x`])(
		'answers nobody who shows %j',
		async (shown) => {
			const { status, headers, body } = await open().ask('/api/operator/peers', {}, shown);
			expect(status).toBe(401);
			expect(headers.get('www-authenticate')).toBe('Bearer');
			expect(body).toMatchObject({ code: 'unauthenticated' });
		},
	);

	it('lists who is connected', async () => {
		const { world, ask } = open();
		const peer = await world.admit(ada);
		const { status, headers, body } = await ask('/api/operator/peers');
		expect(status).toBe(200);
		expect(headers.get('cache-control')).toBe('no-store');
		expect(body).toEqual({
			peers: [
				{
					peerId: ada.peerId,
					displayName: '',
					sessionId: peer.of('welcome')[0]?.sessionId,
					door: 'websocket',
					remoteAddress: '192.0.2.1',
					admittedAtMs: world.clock.now(),
				},
			],
		});
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

	it('knows its two resources and their methods', async () => {
		const { ask } = open();
		expect((await ask('/api/operator/secrets')).status).toBe(404);
		const wrong = await ask('/api/operator/peers', { method: 'DELETE' });
		expect(wrong.status).toBe(405);
		expect(wrong.headers.get('allow')).toBe('GET');
	});
});
