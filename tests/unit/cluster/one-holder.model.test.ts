// One peer, one edge: the edges' leases and the tracker's on one clock, with everything that may happen between
// them. Edges claim in the same millisecond, die and come back, lose the tracker or only its answers; the tracker is
// restarted, and clocks on the wall are set. Never two holders, and whoever is free can be had again within one lease.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrackerClient } from '../../../edge-server/ports.ts';
import { createLeases, type Leases } from '../../../edge-server/sessions/leases.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { parseEdgeId, parsePeerId, type PeerId, type SessionId } from '../../../proto/ids.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';
import { settle } from '../../support/edge-world.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { keyOf, openTrackerWorld } from '../../support/tracker-world.ts';

const leaseMs = 30_000;
const [laptop, nas] = ['laptop', 'nas'].map(parsePeerId) as [PeerId, PeerId];
const edgeNames = ['edge-a', 'edge-b', 'edge-c'];

type Link = 'good' | 'requests lost' | 'answers lost';

interface EdgeModel {
	leases: Leases;
	/** The session of each peer that is connected to this edge. */
	readonly holds: Map<PeerId, SessionId>;
	link: Link;
	stop: () => void;
}

async function openCluster(maxPeers = 100) {
	const clock = createManualClock();
	const store = createEmbeddedStore(':memory:');
	const settings = { leaseMs, maxPeers, isClustered: true };
	let tracker = await openTrackerWorld({ clock, store, settings });
	let isTrackerUp = true;
	let sessions = 0;
	const edges = new Map<string, EdgeModel>();

	/** The tracker as this edge reaches it. */
	function reach(edge: EdgeModel): TrackerClient {
		const through =
			<Request, Answer>(call: () => (request: Request) => Promise<Answer>) =>
			async (request: Request): Promise<Answer> => {
				const unreachable = new GiggityflixError('unavailable', 'no route to the tracker');
				if (!isTrackerUp || edge.link === 'requests lost') throw unreachable;
				const answer = await call()(request);
				if (edge.link === 'answers lost') throw unreachable;
				return answer;
			};
		return {
			...tracker.client,
			claimPeer: through(() => tracker.client.claimPeer),
			renewPeers: through(() => tracker.client.renewPeers),
			releasePeer: through(() => tracker.client.releasePeer),
		};
	}

	function startEdge(name: string): void {
		const edge: EdgeModel = {
			leases: undefined as never,
			holds: new Map(),
			link: 'good',
			stop: () => undefined,
		};
		edge.leases = createLeases({
			edgeId: parseEdgeId(name),
			tracker: reach(edge),
			clock,
			logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
			leaseMs,
			trackerTimeoutMs: 5_000,
			onUnknown: () => undefined,
			onLost: (lost) => {
				for (const [peerId, sessionId] of edge.holds) {
					if (sessionId === lost) leave(edge, peerId);
				}
			},
		});
		edge.stop = edge.leases.start();
		edges.set(name, edge);
	}

	function leave(edge: EdgeModel, peerId: PeerId): void {
		const sessionId = edge.holds.get(peerId);
		edge.holds.delete(peerId);
		if (sessionId !== undefined) void edge.leases.release(peerId, sessionId);
	}

	const world = {
		edges,
		holders: (peerId: PeerId) =>
			[...edges.values()].filter(({ holds }) => holds.has(peerId)).length,
		/** A peer says hello to an edge; answers the code it is refused with. */
		async claim(name: string, peerId: PeerId): Promise<string> {
			const edge = edges.get(name)!;
			if (edge.holds.has(peerId)) return 'held here';
			const sessionId = `session-${(sessions += 1)}` as SessionId;
			try {
				await edge.leases.claim(peerId, sessionId, keyOf(peerId));
				// A process that has died meanwhile holds nobody.
				if (edges.get(name) === edge) edge.holds.set(peerId, sessionId);
				return 'admitted';
			} catch (caught) {
				return GiggityflixError.from(caught).code;
			}
		},
		leave: (name: string, peerId: PeerId) => leave(edges.get(name)!, peerId),
		kill(name: string): void {
			edges.get(name)!.stop();
			startEdge(name);
		},
		setClocks: clock.jump,
		async restartTracker(downMs: number): Promise<void> {
			isTrackerUp = false;
			await tracker.stop();
			await world.pass(downMs);
			tracker = await openTrackerWorld({ clock, store, settings });
			isTrackerUp = true;
		},
		async pass(durationMs: number): Promise<void> {
			for (let passedMs = 0; passedMs < durationMs; passedMs += 500) {
				clock.advance(500);
				await settle();
				for (const peerId of [laptop, nas]) {
					expect(world.holders(peerId), `holders of ${peerId}`).toBeLessThan(2);
				}
			}
		},
		async stop(): Promise<void> {
			for (const edge of edges.values()) edge.stop();
			await tracker.stop();
		},
	};
	for (const name of edgeNames) startEdge(name);
	return world;
}

const edge = fc.constantFrom(...edgeNames);
const peer = fc.constantFrom(laptop, nas);
const action = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), edge, peer }) },
	fc.record({ kind: fc.constant('claim at once' as const), peer }),
	fc.record({ kind: fc.constant('leave' as const), edge, peer }),
	fc.record({ kind: fc.constant('kill' as const), edge }),
	fc.record({
		kind: fc.constant('link' as const),
		edge,
		link: fc.constantFrom<Link>('good', 'requests lost', 'answers lost'),
	}),
	fc.record({
		kind: fc.constant('set clocks' as const),
		byMs: fc.constantFrom(-86_400_000, -3_600_000, -20_000, 20_000, 3_600_000, 86_400_000),
	}),
	fc.record({
		kind: fc.constant('restart tracker' as const),
		downMs: fc.constantFrom(0, 1_000, 12_000, 45_000),
	}),
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant('pass' as const),
			durationMs: fc.constantFrom(500, 4_000, 11_000, 29_000, 61_000),
		}),
	},
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

async function take(world: Awaited<ReturnType<typeof openCluster>>, next: Action): Promise<number> {
	let admitted = 0;
	const claim = async (name: string, peerId: PeerId) => {
		if ((await world.claim(name, peerId)) === 'admitted') admitted += 1;
	};
	switch (next.kind) {
		case 'claim':
			await claim(next.edge, next.peer);
			break;
		case 'claim at once':
			await Promise.all(edgeNames.map((name) => claim(name, next.peer)));
			break;
		case 'leave':
			world.leave(next.edge, next.peer);
			break;
		case 'kill':
			world.kill(next.edge);
			break;
		case 'link':
			world.edges.get(next.edge)!.link = next.link;
			break;
		case 'set clocks':
			world.setClocks(next.byMs);
			break;
		case 'restart tracker':
			await world.restartTracker(next.downMs);
			break;
		case 'pass':
			await world.pass(next.durationMs);
	}
	await settle();
	for (const peerId of [laptop, nas]) {
		expect(world.holders(peerId), `holders of ${peerId}`).toBeLessThan(2);
	}
	return admitted;
}

describe('a peer in a cluster', () => {
	it('is held by one edge at most, whatever happens, and can be had again within one lease', async () => {
		const admissions: number[] = [];
		await fc.assert(
			fc.asyncProperty(
				fc.array(action, { minLength: 8, maxLength: 25, size: 'max' }),
				async (actions) => {
					const world = await openCluster();
					let admitted = 0;
					for (const next of actions) admitted += await take(world, next);
					admissions.push(admitted);
					for (const each of world.edges.values()) each.link = 'good';
					for (const name of edgeNames)
						for (const peerId of [laptop, nas]) world.leave(name, peerId);
					await world.pass(leaseMs + 500);
					expect(await world.claim('edge-a', laptop)).toBe('admitted');
					await world.stop();
				},
			),
			{ numRuns: 120 },
		);
		// A model that hardly admits anybody would prove nothing.
		expect(admissions.filter((count) => count >= 2).length).toBeGreaterThan(60);
	}, 120_000);

	it('claimed by three edges in the same millisecond goes to one of them', async () => {
		const world = await openCluster();
		const outcomes = await Promise.all(edgeNames.map((name) => world.claim(name, laptop)));
		expect(outcomes.sort()).toEqual(['admitted', 'already-exists', 'already-exists']);
		await world.stop();
	});

	it('is free one lease after its edge has died', async () => {
		const world = await openCluster();
		await world.claim('edge-a', laptop);
		await world.pass(15_000);
		world.kill('edge-a');
		expect(await world.claim('edge-b', laptop)).toBe('already-exists');
		await world.pass(leaseMs);
		expect(await world.claim('edge-b', laptop)).toBe('admitted');
		await world.stop();
	});

	it('stays with its edge while the tracker is restarted, and only there', async () => {
		const world = await openCluster();
		await world.claim('edge-a', laptop);
		await world.pass(15_000);
		await world.restartTracker(0);
		expect(await world.claim('edge-b', laptop)).toBe('unavailable');
		expect(await world.claim('edge-b', nas)).toBe('admitted');
		await world.pass(12_000);
		expect(await world.claim('edge-b', laptop)).toBe('already-exists');
		expect(world.edges.get('edge-a')!.holds.has(laptop)).toBe(true);
		await world.stop();
	});

	it('is let go of by an edge that has lost the tracker, before another one can have it', async () => {
		const world = await openCluster();
		await world.claim('edge-a', laptop);
		world.edges.get('edge-a')!.link = 'requests lost';
		await world.pass(25_000);
		expect(await world.claim('edge-b', laptop)).toBe('already-exists');
		expect(world.holders(laptop)).toBe(1);
		await world.pass(5_000);
		expect(world.holders(laptop)).toBe(0);
		expect(await world.claim('edge-b', laptop)).toBe('admitted');
		await world.stop();
	});

	it('is refused by a cluster that is full, until somebody leaves', async () => {
		const world = await openCluster(1);
		await world.claim('edge-a', laptop);
		expect(await world.claim('edge-b', nas)).toBe('resource-exhausted');
		world.leave('edge-a', laptop);
		await settle();
		expect(await world.claim('edge-b', nas)).toBe('admitted');
		await world.stop();
	});
});
