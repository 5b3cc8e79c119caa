// Links of tabs: whichever tab leads, each has links of its own, and its signals find it.
import { create } from '@bufbuild/protobuf';
import { hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import type { CatalogId } from '../../../../proto/ids.ts';
import {
	IceCandidateSchema,
	PeerWebRTCMessageSchema,
	SignedDescriptionSchema,
	type PeerMessage,
	type WebRtcSignal,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { InfoHash } from '../../../../peer/torrent/info-hash.ts';
import { settle } from '../../../support/peer/fake-clock.ts';
import { openTabs } from '../../../support/peer/open-tabs.ts';

describe('watching', () => {
	it('signals for a tab that follows, and keeps its films through a take-over', async () => {
		const { first, second, transfers, clock, close, edge } = await openTabs(2);
		await clock.until(() => second.snapshot().edge.kind === 'online');
		const ofSecond = transfers[1]!;
		const source = second.openSource({
			catalogId: 'a'.repeat(26) as CatalogId,
			ownerPeerIds: [],
		});
		expect(ofSecond.remoteTargets).toHaveLength(1);
		expect(ofSecond.options.signalling.iceServers()[0]?.urls).toEqual(['stun:stun.example']);
		await settle();
		expect(ofSecond.options.signalling.identity()?.peerId).toBe(first.snapshot().identity?.peerId);

		const step = create(PeerWebRTCMessageSchema, {
			webrtcSessionId: 'b'.repeat(26),
			toPeerId: 'friend',
			step: { case: 'candidate', value: { candidate: 'c', sdpMid: '0' } },
		});
		await ofSecond.options.signalling.send(step);
		expect(edge.signals.map(({ webrtcSessionId }) => webrtcSessionId)).toEqual(['b'.repeat(26)]);
		const answer = { fromPeerId: 'friend', step: step.step };
		edge.say({ case: 'webrtcSignal', value: { webrtcSessionId: 'b'.repeat(26), ...answer } });
		edge.say({ case: 'webrtcSignal', value: { webrtcSessionId: 'd'.repeat(26), ...answer } });
		await settle();
		await settle();
		expect(ofSecond.handled).toEqual(['b'.repeat(26)]);
		expect(transfers[0]?.handled).toEqual(['d'.repeat(26)]);

		await close(first);
		await clock.until(() => second.snapshot().role === 'leading');
		await clock.until(() => second.snapshot().edge.kind === 'online');
		expect(ofSecond.isStopped()).toBe(false);
		expect(transfers).toHaveLength(2);
		await expect(ofSecond.options.signalling.send(step)).resolves.toBeUndefined();
		expect(edge.signals).toHaveLength(2);
		source.close();
	});
});

describe('in swarms', () => {
	const film = 'ab'.repeat(20) as InfoHash;
	const stranger = 'gfs'.padEnd(34, 's');
	const membershipsHeard = ({ heard }: { heard: readonly PeerMessage[] }) =>
		heard.flatMap(({ body }) =>
			body.case === 'swarmMembership'
				? [body.value.swarms.map(({ isComplete }) => isComplete)]
				: [],
		);

	it('tells the edge of the swarms of all tabs as one', async () => {
		const { first, second, clock, edge, close } = await openTabs(2);
		await clock.until(() => first.snapshot().edge.kind === 'online');
		const leave = first.enterSwarm({ infoHash: film, isComplete: true }, () => undefined);
		await clock.until(() => membershipsHeard(edge).length === 1);
		second.enterSwarm({ infoHash: film, isComplete: false }, () => undefined);
		await clock.until(() => membershipsHeard(edge).length === 2);
		leave();
		await clock.until(() => membershipsHeard(edge).length === 3);
		await close(second);
		await clock.until(() => membershipsHeard(edge).length === 4);
		expect(membershipsHeard(edge)).toEqual([[true], [false], [false], []]);
		edge.drop();
		await clock.until(() => edge.connectCount === 2);
		await clock.advance(1_000);
		expect(membershipsHeard(edge)).toHaveLength(4);
	});

	it('gives an offer for a swarm to a tab that is in it, and what follows of it', async () => {
		const { first, second, clock, edge, transfers } = await openTabs(2);
		await clock.until(() => first.snapshot().edge.kind === 'online');
		const signal = (step: WebRtcSignal['step'], webrtcSessionId: string, infoHash = '') =>
			edge.say({
				case: 'webrtcSignal',
				value: {
					...{ webrtcSessionId, fromPeerId: stranger, step },
					infoHash: hexToBytes(infoHash),
				},
			});
		second.enterSwarm({ infoHash: film, isComplete: false }, () => undefined);
		await clock.until(() => membershipsHeard(edge).length === 1);
		const offer = { case: 'offer', value: create(SignedDescriptionSchema) } as const;
		const candidate = { case: 'candidate', value: create(IceCandidateSchema) } as const;
		signal(offer, 'q'.repeat(26), film);
		signal(candidate, 'q'.repeat(26));
		signal(offer, 'r'.repeat(26));
		await clock.until(() => transfers.flatMap(({ handled }) => handled).length === 3);
		expect(transfers.map(({ handled }) => handled)).toEqual([
			['r'.repeat(26)],
			['q'.repeat(26), 'q'.repeat(26)],
		]);
	});
});
