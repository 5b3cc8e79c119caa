import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	PeerWebRTCMessageSchema,
	SignedDescriptionSchema,
	type PeerWebRTCMessage,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxCandidateBytes, maxSdpBytes } from '../../../../proto/limits.ts';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';

const [ada, bob] = [createSigner(1), createSigner(2)];
const webrtcSessionId = 'w'.repeat(26);
const description = (changes: object = {}) =>
	create(SignedDescriptionSchema, {
		sdp: 'v=0',
		publicKey: new Uint8Array(33),
		signature: new Uint8Array(64),
		...changes,
	});

type Step = PeerWebRTCMessage['step'];
const candidate = (text: string, sdpMid = '0') =>
	({ case: 'candidate', value: { candidate: text, sdpMid } }) as Step;

function message(step: Step, changes: object = {}): PeerWebRTCMessage {
	return create(PeerWebRTCMessageSchema, {
		webrtcSessionId,
		toPeerId: bob.peerId,
		step,
		...changes,
	});
}

async function pair() {
	const world = createEdgeWorld();
	return { world, from: await world.admit(ada), to: await world.admit(bob) };
}

describe('the relay of WebRTC steps', () => {
	it('hands every kind of step on, in order, with the true sender', async () => {
		const { from, to } = await pair();
		const steps: Step[] = [
			{ case: 'offer', value: description() },
			{ case: 'answer', value: description() },
			candidate('candidate:1 1 udp 1 192.0.2.1 1 typ host'),
			candidate(''),
			{ case: 'bye', value: { code: ErrorCode.CANCELLED, message: 'done' } as never },
		];
		const answers = await Promise.all(
			steps.map(async (step) => from.receiver.receiveWebRtc(message(step))),
		);
		expect(answers.every(({ failure }) => failure === undefined)).toBe(true);
		expect(to.of('webrtcSignal').map(({ step }) => step.case)).toEqual(
			steps.map((step) => step.case),
		);
		expect(to.of('webrtcSignal')[0]).toMatchObject({
			webrtcSessionId,
			fromPeerId: ada.peerId,
			step: { value: { sdp: 'v=0' } },
		});
	});

	it('serves callers that show the token of their session', async () => {
		const { world, from, to } = await pair();
		const { sessionToken } = from.of('welcome')[0]!;
		const step = message({ case: 'offer', value: description() });
		await world.sessions.webRtc({ peerId: ada.peerId, sessionToken }, step);
		expect(to.of('webrtcSignal')).toHaveLength(1);
		for (const caller of [
			{ peerId: ada.peerId, sessionToken: 'guess' },
			{ peerId: bob.peerId, sessionToken },
			{ peerId: '', sessionToken: '' },
		]) {
			await expect(world.sessions.webRtc(caller, step)).rejects.toMatchObject({
				code: 'unauthenticated',
			});
		}
	});

	const offer: Step = { case: 'offer', value: description() };
	it.each<[string, PeerWebRTCMessage, ErrorCode]>([
		['no step', message({ case: undefined }), ErrorCode.INVALID_ARGUMENT],
		['itself', message(offer, { toPeerId: ada.peerId }), ErrorCode.INVALID_ARGUMENT],
		['a malformed peer', message(offer, { toPeerId: '' }), ErrorCode.INVALID_ARGUMENT],
		['no session id', message(offer, { webrtcSessionId: '' }), ErrorCode.INVALID_ARGUMENT],
		[
			'a peer that is away',
			message(offer, { toPeerId: createSigner(3).peerId }),
			ErrorCode.UNAVAILABLE,
		],
		[
			'an empty description',
			message({ case: 'offer', value: description({ sdp: '' }) }),
			ErrorCode.INVALID_ARGUMENT,
		],
		[
			'a huge description',
			message({ case: 'answer', value: description({ sdp: 'é'.repeat(maxSdpBytes / 2 + 1) }) }),
			ErrorCode.INVALID_ARGUMENT,
		],
		[
			'an unsigned description',
			message({ case: 'offer', value: description({ signature: new Uint8Array() }) }),
			ErrorCode.INVALID_ARGUMENT,
		],
		[
			'a description without a key',
			message({ case: 'offer', value: description({ publicKey: new Uint8Array() }) }),
			ErrorCode.INVALID_ARGUMENT,
		],
		[
			'a huge candidate',
			message(candidate('x'.repeat(maxCandidateBytes + 1))),
			ErrorCode.INVALID_ARGUMENT,
		],
		['a huge stream id', message(candidate('', 'x'.repeat(65))), ErrorCode.INVALID_ARGUMENT],
	])('refuses %s and keeps the session', async (_, step, code) => {
		const { from, to } = await pair();
		expect(await from.receiver.receiveWebRtc(step)).toMatchObject({ failure: { code } });
		expect(to.of('webrtcSignal')).toHaveLength(0);
		expect(from.closedWith).toBeUndefined();
	});

	it('says so when the other peer is too far behind', async () => {
		const { from, to } = await pair();
		to.bufferedBytes = 256 * 1024 + 1;
		expect(await from.receiver.receiveWebRtc(message(offer))).toMatchObject({
			failure: { code: ErrorCode.RESOURCE_EXHAUSTED },
		});
		expect(to.of('webrtcSignal')).toHaveLength(0);
	});
});
