// Random lives of a few peers on a slow bus and a slow tracker: however streams open, greet, fall silent,
// break and leave, every established has one closed, in order, and a peer is never here twice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	createEdgeWorld,
	createSigner,
	settle,
	type EdgeWorld,
	type TestPeer,
} from '../../../support/edge-world.ts';

const signers = [createSigner(1), createSigner(2), createSigner(3)];

interface Stream {
	readonly peer: TestPeer;
	isGone: boolean;
}

const stream = fc.nat({ max: 9 });
const arrive = fc.record({
	kind: fc.constant('arrive' as const),
	signer: fc.nat({ max: 2 }),
});
const step = fc.oneof(
	// Opened and greeted at once, as real peers do; often enough for peers to meet themselves.
	{ weight: 5, arbitrary: arrive },
	fc.record({ kind: fc.constant('open' as const) }),
	fc.record({ kind: fc.constant('hello' as const), stream, signer: fc.nat({ max: 2 }) }),
	fc.record({ kind: fc.constant('stolen hello' as const), stream, signer: fc.nat({ max: 2 }) }),
	fc.record({ kind: fc.constant('close' as const), stream }),
	fc.record({ kind: fc.constant('fall silent' as const), stream }),
	fc.record({ kind: fc.constant('malformed' as const), stream }),
	fc.record({ kind: fc.constant('lease lost' as const), signer: fc.nat({ max: 2 }) }),
	fc.record({ kind: fc.constant('slow bus' as const), delayMs: fc.constantFrom(0, 300, 4_000) }),
	fc.record({
		kind: fc.constant('slow tracker' as const),
		delayMs: fc.constantFrom(0, 700, 4_000),
	}),
	fc.record({
		kind: fc.constant('pass' as const),
		durationMs: fc.constantFrom(100, 1_000, 2_000, 11_000, 40_000, 130_000),
	}),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function take(world: EdgeWorld, streams: Stream[], next: Step): Promise<void> {
	const chosen = 'stream' in next ? streams[next.stream % Math.max(1, streams.length)] : undefined;
	const open =
		chosen?.isGone === false && chosen.peer.closedWith === undefined ? chosen : undefined;
	switch (next.kind) {
		case 'open':
			streams.push({ peer: world.connect(), isGone: false });
			break;
		case 'arrive': {
			const peer = world.connect();
			streams.push({ peer, isGone: false });
			void peer.hello(signers[next.signer]!);
			break;
		}
		case 'hello':
			void open?.peer.hello(signers[next.signer]!);
			break;
		case 'stolen hello':
			void open?.peer.hello(signers[next.signer]!, {
				peerId: signers[(next.signer + 1) % 3]!.peerId,
			});
			break;
		case 'close':
			if (chosen === undefined || chosen.isGone) break;
			chosen.isGone = true;
			chosen.peer.receiver.closed();
			break;
		case 'fall silent':
			if (chosen) chosen.peer.isAnswering = false;
			break;
		case 'malformed':
			open?.peer.receiver.receiveMalformed(new GiggityflixError('invalid-argument', 'garbage'));
			break;
		case 'lease lost':
			world.tracker.leases.delete(signers[next.signer]!.peerId);
			break;
		case 'slow bus':
			world.bus.beforeStore = () => delay(world, next.delayMs);
			break;
		case 'slow tracker':
			world.tracker.before = () => delay(world, next.delayMs);
			break;
		case 'pass':
			await world.pass(next.durationMs, 500);
	}
	await settle();
}

function delay(world: EdgeWorld, delayMs: number): Promise<void> {
	if (delayMs === 0) return Promise.resolve();
	return new Promise((resolve) => void world.clock.after(delayMs, resolve));
}

/** What was published, by peer, must read established, closed, established, closed… of one session each time. */
function checkEvents(world: EdgeWorld): void {
	const openSession = new Map<string, string>();
	const seen = new Set<string>();
	for (const { body } of world.bus.published) {
		if (body.case === 'peerConnectionEstablished') {
			const { peerId, sessionId } = body.value;
			expect(openSession.get(peerId)).toBeUndefined();
			expect(seen.has(sessionId)).toBe(false);
			seen.add(sessionId);
			openSession.set(peerId, sessionId);
		} else if (body.case === 'peerConnectionClosed') {
			const { peerId, sessionId } = body.value;
			expect(openSession.get(peerId)).toBe(sessionId);
			openSession.delete(peerId);
		}
	}
}

function checkStreams(world: EdgeWorld, streams: readonly Stream[]): void {
	const established = new Set(
		world.bus.of('peerConnectionEstablished').map(({ sessionId }) => sessionId),
	);
	const present = new Set<string>();
	for (const { peer, isGone } of streams) {
		const welcome = peer.of('welcome')[0];
		if (welcome === undefined) continue;
		expect(established.has(welcome.sessionId)).toBe(true);
		if (isGone || peer.closedWith) continue;
		const { peerId } = world.sessions
			.list()
			.find(({ session }) => session.id === welcome.sessionId)!.peer;
		expect(present.has(peerId)).toBe(false);
		present.add(peerId);
	}
	expect(world.sessions.counts().admitted).toBe(present.size);
}

describe('sessions, whatever happens', () => {
	it('publish every coming and going once and never hold a peer twice', async () => {
		const admissions: number[] = [];
		await fc.assert(
			fc.asyncProperty(
				fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
				async (steps) => {
					const world = createEdgeWorld();
					await world.sessions.start();
					const streams: Stream[] = [];
					for (const next of steps) {
						await take(world, streams, next);
						checkEvents(world);
						checkStreams(world, streams);
					}
					const drained = world.sessions.drain(new AbortController().signal);
					await world.pass(30_000, 500);
					await drained;
					await world.sessions.stop();
					checkEvents(world);
					const established = world.bus.of('peerConnectionEstablished').length;
					expect(world.bus.of('peerConnectionClosed')).toHaveLength(established);
					expect(world.tracker.leases.size).toBe(0);
					expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
					admissions.push(established);
				},
			),
			{ numRuns: 80, seed: 20_260_101 },
		);
		// A model that never admits anybody would prove nothing.
		expect(admissions.filter((count) => count >= 2).length).toBeGreaterThan(40);
	}, 60_000);
});
