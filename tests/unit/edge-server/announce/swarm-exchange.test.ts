// Two edges on one bus: what is said to a stand-in at one reaches the connection at the other, within bounds.
import { describe, expect, it } from 'vitest';
import { announceLimits } from '../../../../edge-server/announce/announce-limits.ts';
import { offerFrame } from '../../../../edge-server/announce/announce-frames.ts';
import type { AnnounceConnection } from '../../../../edge-server/announce/announce-tracker.ts';
import { createMemorySwarms } from '../../../../edge-server/announce/memory-swarms.ts';
import { createSwarmSharing } from '../../../../edge-server/announce/swarm-exchange.ts';
import { fromWireText, toWireText } from '../../../../edge-server/announce/wire-text.ts';
import { defaultTopics as topics } from '../../../../bus/topics.ts';
import { parseEdgeId } from '../../../../proto/ids.ts';
import { createRecordingBus } from '../../../support/recording-bus.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { infoHash, offerId, swarmPeerId } from '../../../support/swarm-names.ts';

async function openEdges() {
	const clock = createManualClock();
	const bus = createRecordingBus();
	const open = (name: string) => {
		const edgeId = parseEdgeId(name);
		const onError = (error: unknown) => expect.unreachable(String(error));
		const sharing = createSwarmSharing({ edgeId, bus, topics, clock, leaseMs: 6_000, onError });
		const { monotonicMs } = clock;
		const swarms = sharing.share(
			createMemorySwarms({ limits: announceLimits, monotonicMs, random: () => 0 }),
		);
		sharing.start();
		return { edgeId, sharing, swarms };
	};
	const edges = [open('edge-a'), open('edge-b')] as const;
	/** Everything published so far is heard by those it is for. */
	const passFrames = async () => {
		await new Promise((resolve) => setImmediate(resolve));
		for (const { topic, body } of bus.published.splice(0)) {
			for (const { edgeId, sharing } of edges) {
				if (body.case === 'swarmsChanged') sharing.changed(body.value);
				const isForIt = topic === topics.edgeCommands(edgeId);
				if (body.case === 'swarmFrame' && isForIt) sharing.deliver(body.value);
			}
		}
	};
	/** And what is gathered. */
	const pass = async () => {
		clock.advance(50);
		await passFrames();
	};
	await pass();
	return { bus, edges, pass, passFrames };
}

function connect() {
	const received: string[] = [];
	const connection: AnnounceConnection = {
		send: (frame) => received.push(fromWireText(frame)),
		close: () => undefined,
	};
	return { received, connection };
}

const presence = (peer: number, recipient: AnnounceConnection) => ({
	...{ infoHash: infoHash(1), peerId: swarmPeerId(peer), recipient },
	...{ isComplete: false, wanted: 5 },
});

describe('createSwarmSharing', () => {
	it('brings a frame to the connection at the other edge, whatever the characters', async () => {
		const { edges, pass } = await openEdges();
		const [ann, ben] = [connect(), connect()];
		await edges[0].swarms.announce(presence(1, ann.connection));
		await pass();
		const outcome = await edges[1].swarms.announce(presence(2, ben.connection));
		const [other] = outcome.kind === 'present' ? outcome.others : [];
		other?.recipient.send(toWireText('{"offer":"ü 🎬"}'));
		await pass();
		expect(ann.received).toEqual(['{"offer":"ü 🎬"}']);
		expect(ben.received).toEqual([]);
	});

	it('drops what is for somebody who has gone', async () => {
		const { edges, pass } = await openEdges();
		const ann = connect();
		await edges[0].swarms.announce(presence(1, ann.connection));
		await pass();
		const outcome = await edges[1].swarms.announce(presence(2, connect().connection));
		const [other] = outcome.kind === 'present' ? outcome.others : [];
		await edges[0].swarms.leave([presence(1, ann.connection)]);
		other?.recipient.send(toWireText('{}'));
		await pass();
		expect(ann.received).toEqual([]);
	});

	it('brings the answer to an offer that came before the news of its offerer', async () => {
		const { edges, pass, passFrames } = await openEdges();
		const [ann, ben] = [connect(), connect()];
		await edges[0].swarms.announce(presence(1, ann.connection));
		await pass();
		const outcome = await edges[1].swarms.announce(presence(2, ben.connection));
		const [other] = outcome.kind === 'present' ? outcome.others : [];
		const description = toWireText('{"type":"offer"}');
		const offer = offerFrame(infoHash(1), swarmPeerId(2), { offerId: offerId(1), description });
		other?.recipient.send(offer);
		await passFrames();
		expect(ann.received).toEqual([fromWireText(offer)]);
		const offerer = await edges[0].swarms.locate(presence(1, ann.connection), swarmPeerId(2));
		offerer?.send(toWireText('{"answer":1}'));
		await passFrames();
		expect(ben.received).toEqual(['{"answer":1}']);
	});

	it('tells again that somebody has gone to whom an offer came late', async () => {
		const { edges, pass, passFrames } = await openEdges();
		const [ann, ben] = [connect(), connect()];
		await edges[0].swarms.announce(presence(1, ann.connection));
		await pass();
		const outcome = await edges[1].swarms.announce(presence(2, ben.connection));
		const [other] = outcome.kind === 'present' ? outcome.others : [];
		const description = toWireText('{"type":"offer"}');
		other?.recipient.send(
			offerFrame(infoHash(1), swarmPeerId(2), { offerId: offerId(1), description }),
		);
		await edges[1].swarms.leave([presence(2, ben.connection)]);
		await passFrames();
		const offerer = await edges[0].swarms.locate(presence(1, ann.connection), swarmPeerId(2));
		offerer?.send(toWireText('{"answer":1}'));
		await passFrames();
		await pass();
		expect(ben.received).toEqual([]);
		expect(await edges[0].swarms.locate(presence(1, ann.connection), swarmPeerId(2))).toBe(
			undefined,
		);
	});

	it('forwards no more than its measure', async () => {
		const { bus, edges, pass } = await openEdges();
		await edges[0].swarms.announce(presence(1, connect().connection));
		await pass();
		const outcome = await edges[1].swarms.announce(presence(2, connect().connection));
		const [other] = outcome.kind === 'present' ? outcome.others : [];
		for (let count = 0; count < 6_000; count += 1) other?.recipient.send(toWireText('{}'));
		await new Promise((resolve) => setImmediate(resolve));
		expect(bus.of('swarmFrame')).toHaveLength(5_000);
	});
});
