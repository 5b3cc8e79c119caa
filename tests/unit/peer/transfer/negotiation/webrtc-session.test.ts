import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import type { PeerLink } from '../../../../../peer/ports.ts';
import { createWebRtcSession } from '../../../../../peer/transfer/negotiation/webrtc-session.ts';
import { IceCandidateSchema } from '../../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId, WebRtcSessionId } from '../../../../../proto/ids.ts';
import { createSleepingClock } from '../../../../support/transfer/sleeping-clock.ts';

/** A session whose link notes what it is given. */
function open(refusals: { readonly description?: Error; readonly candidate?: string } = {}) {
	const given: string[] = [];
	const link: PeerLink = {
		describe: async () => 'an offer',
		async accept(sdp) {
			if (refusals.description) throw refusals.description;
			given.push(sdp);
		},
		async addCandidate({ candidate }) {
			if (candidate === refusals.candidate) throw new Error('no route');
			given.push(candidate);
		},
		send: () => undefined,
		bufferedBytes: () => 0,
		route: async () => 'unknown',
		close: () => undefined,
	};
	const session = createWebRtcSession({
		...{ webRtcSessionId: 'session' as WebRtcSessionId, role: 'viewer', bufferLowBytes: 0 },
		...{ remotePeerId: 'owner' as PeerId, localPeerId: 'viewer' as PeerId },
		links: { create: () => link },
		signalling: { send: async () => undefined, iceServers: () => [], identity: () => undefined },
		clock: createSleepingClock(),
		createEnd: () => {
			throw new Error('it never opens');
		},
		onEnd: () => undefined,
	});
	const take = (candidate: string) =>
		session.takeCandidate(create(IceCandidateSchema, { candidate, sdpMid: '0' }));
	return { session, given, take };
}

const candidate = (port: number) => `candidate:1 1 UDP 1 192.0.2.1 ${port} typ host`;

test('a link gets candidates after the description they belong to, in order', async () => {
	const { session, given, take } = open();
	await take(candidate(1));
	await take(candidate(2));
	expect(given).toEqual([]);
	await session.accept('an answer', 'answer');
	await take(candidate(3));
	expect(given).toEqual(['an answer', candidate(1), candidate(2), candidate(3)]);
});

test('a candidate the link does not take is one route less', async () => {
	const { session, given, take } = open({ candidate: candidate(1) });
	await take(candidate(1));
	await take(candidate(2));
	await session.accept('an answer', 'answer');
	await take(candidate(1));
	expect(given).toEqual(['an answer', candidate(2)]);
	expect(session.phase).toBe('negotiating');
});

test('what a link does not take says nothing about the other side, whatever it is called', async () => {
	const { session } = open({ description: new DOMException('of the stack', 'NotFoundError') });
	await expect(session.accept('an answer', 'answer')).rejects.toMatchObject({
		code: 'unavailable',
	});
});
