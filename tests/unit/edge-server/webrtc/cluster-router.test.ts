// Steps for peers of other edges: by example, and by random lives of a peer that moves between three edges.
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClusterRouter } from '../../../../edge-server/webrtc/cluster-router.ts';
import type { SentStep } from '../../../../edge-server/webrtc/lane.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	PeerSignalOutcomeSchema,
	SignalDelivery,
} from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { WebRtcSignalSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseEdgeId, parsePeerId, type EdgeId, type SessionId } from '../../../../proto/ids.ts';
import { settle } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const [edgeA, edgeB, edgeC] = ['edge-a', 'edge-b', 'edge-c'].map(parseEdgeId) as [
	EdgeId,
	EdgeId,
	EdgeId,
];
const bob = parsePeerId('bob');
const step = (name: string) => create(WebRtcSignalSchema, { webrtcSessionId: name });

/** Where bob is, and how often he moved: each stay is a session of its own. */
interface Place {
	readonly edgeId: EdgeId;
	readonly sessionId: SessionId;
}
let stays = 0;
const at = (edgeId: EdgeId): Place => ({ edgeId, sessionId: `s${(stays += 1)}` as SessionId });

/** The router of edge A; `place` is where bob really is, `believed` what the router remembers. */
function open() {
	const clock = createManualClock();
	const world = {
		clock,
		place: undefined as Place | undefined,
		believed: undefined as Place | undefined,
		lookUps: 0,
		tracker: async (): Promise<void> => undefined,
		bus: async (): Promise<void> => undefined,
		sent: [] as { to: EdgeId; step: SentStep }[],
		/** Names of the steps on bob's stream, in order. */
		arrived: [] as string[],
		/** Edge `to` takes the oldest step that is on its way to it, and answers. */
		async take(delivery?: SignalDelivery) {
			const [next] = world.sent.splice(0, 1);
			if (next === undefined) return;
			const isHere = next.step.toSessionId === world.place?.sessionId;
			if (isHere && delivery === undefined) world.arrived.push(next.step.signal.webrtcSessionId);
			router.answered(
				create(PeerSignalOutcomeSchema, {
					signalId: next.step.signalId,
					toPeerId: bob,
					delivery: delivery ?? (isHere ? SignalDelivery.DELIVERED : SignalDelivery.ABSENT),
				}),
			);
			await settle();
		},
	};
	let signals = 0;
	const router = createClusterRouter({
		edgeId: edgeA,
		clock,
		newSignalId: () => `signal-${(signals += 1)}`,
		local: {
			deliver: (_, signal) => {
				if (world.place?.edgeId !== edgeA) return 'absent';
				world.arrived.push(signal.webrtcSessionId);
				return 'delivered';
			},
		},
		locations: {
			find: async () => {
				if (world.believed !== undefined) return world.believed;
				world.lookUps += 1;
				await world.tracker();
				world.believed = world.place;
				return world.place;
			},
			forget: () => (world.believed = undefined),
		},
		send: async (to, sent) => {
			world.sent.push({ to, step: sent });
			await world.bus();
		},
	});
	const deliver = (name: string) => {
		const delivery = Promise.resolve(router.deliver(bob, step(name)));
		delivery.catch(() => undefined);
		return delivery;
	};
	const names = () => world.sent.map(({ step: { signal } }) => signal.webrtcSessionId);
	return { world, router, deliver, names };
}

describe('a router of the cluster', () => {
	it('hands a step to a peer of this edge at once and without asking anybody', () => {
		const { world, router } = open();
		world.place = at(edgeA);
		expect(router.deliver(bob, step('offer'))).toBe('delivered');
		expect([world.lookUps, world.arrived]).toEqual([0, ['offer']]);
	});

	it('sends steps to the other edge one behind the other, without waiting for answers', async () => {
		const { world, deliver, names } = open();
		world.place = at(edgeB);
		const steps = ['offer', 'candidate 1', 'candidate 2'].map(deliver);
		await settle();
		expect(world.sent.map(({ to }) => to)).toEqual([edgeB, edgeB, edgeB]);
		expect(names()).toEqual(['offer', 'candidate 1', 'candidate 2']);
		expect(world.lookUps).toBe(1);
		for (const delivery of steps) {
			await world.take();
			expect(await delivery).toBe('delivered');
		}
		expect(world.clock.pending()).toBe(0);
	});

	it('says that a peer is away when the tracker says so', async () => {
		const { deliver } = open();
		expect(await deliver('offer')).toBe('absent');
	});

	it('sends what found nobody once more, in order, and then what came meanwhile', async () => {
		const { world, deliver, names } = open();
		[world.place, world.believed] = [at(edgeC), at(edgeB)];
		const steps = ['offer', 'candidate 1'].map(deliver);
		await settle();
		await world.take();
		steps.push(deliver('candidate 2'));
		await settle();
		expect(names()).toEqual(['candidate 1']);
		await world.take();
		expect(world.sent.map(({ to }) => to)).toEqual([edgeC, edgeC, edgeC]);
		for (let turn = 0; turn < 3; turn += 1) await world.take();
		expect(await Promise.all(steps)).toEqual(['delivered', 'delivered', 'delivered']);
		expect(world.arrived).toEqual(['offer', 'candidate 1', 'candidate 2']);
	});

	it('says that a peer is away when it was not found twice', async () => {
		const { world, deliver } = open();
		world.place = at(edgeB);
		const delivery = deliver('offer');
		await settle();
		await world.take(SignalDelivery.ABSENT);
		await world.take(SignalDelivery.ABSENT);
		expect(await delivery).toBe('absent');
		expect([world.lookUps, world.sent]).toEqual([2, []]);
	});

	it('finds a peer that has come to this edge meanwhile', async () => {
		const { world, deliver } = open();
		world.believed = at(edgeB);
		const delivery = deliver('offer');
		await settle();
		world.place = at(edgeA);
		await world.take();
		expect(await delivery).toBe('delivered');
		expect(world.arrived).toEqual(['offer']);
	});

	it('says that a peer is too far behind', async () => {
		const { world, deliver } = open();
		world.place = at(edgeB);
		const delivery = deliver('offer');
		await settle();
		await world.take(SignalDelivery.CONGESTED);
		expect(await delivery).toBe('congested');
	});

	it('gives up a step whose edge does not answer, and asks anew for the next', async () => {
		const { world, deliver } = open();
		world.place = at(edgeB);
		const delivery = deliver('offer');
		await settle();
		world.clock.advance(5_000);
		await expect(delivery).rejects.toMatchObject({ code: 'unavailable' });
		world.place = at(edgeC);
		void deliver('offer again');
		await settle();
		expect(world.sent.at(-1)?.to).toBe(edgeC);
		expect(world.lookUps).toBe(2);
	});

	it('says so when the tracker or the bus is away', async () => {
		const { world, deliver } = open();
		world.tracker = async () => {
			throw new GiggityflixError('unavailable', 'no tracker');
		};
		await expect(deliver('offer')).rejects.toMatchObject({ code: 'unavailable' });
		world.tracker = async () => undefined;
		world.place = at(edgeB);
		world.bus = async () => {
			throw new Error('no broker');
		};
		await expect(deliver('offer')).rejects.toMatchObject({ code: 'unavailable' });
		expect(world.clock.pending()).toBe(0);
	});

	it('holds a bounded number of steps for one peer', async () => {
		const { world, deliver } = open();
		world.place = at(edgeB);
		for (let count = 0; count < 1_000; count += 1) void deliver('candidate');
		await settle();
		await expect(deliver('one more')).rejects.toMatchObject({ code: 'resource-exhausted' });
	});

	it('fails what is under way when the edge goes away', async () => {
		const { world, router, deliver } = open();
		world.place = at(edgeB);
		const delivery = deliver('offer');
		await settle();
		router.stop();
		await expect(delivery).rejects.toMatchObject({ code: 'unavailable' });
		expect(world.clock.pending()).toBe(0);
	});
});

const action = fc.oneof(
	{ weight: 4, arbitrary: fc.constant('step' as const) },
	{ weight: 4, arbitrary: fc.constant('take' as const) },
	{ weight: 1, arbitrary: fc.constantFrom(edgeA, edgeB, edgeC, undefined) },
);

describe('whatever a peer does', () => {
	it('every step has one outcome, arrives once at most, and in order', async () => {
		let moves = 0;
		await fc.assert(
			fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
				const { world, deliver } = open();
				world.place = at(edgeB);
				const steps: Promise<string>[] = [];
				for (const next of actions) {
					if (next === 'step') steps.push(deliver(String(steps.length)));
					else if (next === 'take') await world.take();
					else {
						world.place = next && at(next);
						moves += 1;
					}
					await settle();
				}
				while (world.sent.length > 0) await world.take();
				const outcomes = await Promise.all(steps);
				const numbers = world.arrived.map(Number);
				expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
				const delivered = outcomes.flatMap((outcome, at) => (outcome === 'delivered' ? [at] : []));
				expect(numbers).toEqual(delivered);
				expect(world.clock.pending()).toBe(0);
			}),
			{ numRuns: 200 },
		);
		expect(moves).toBeGreaterThan(200);
	});
});
