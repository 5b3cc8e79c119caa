// Swarms that edges share: the contract of one alone, then several that hear each other, with messages that come late,
// twice, or not at all.
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemorySwarms } from '../../../../edge-server/announce/memory-swarms.ts';
import {
	createSharedSwarms,
	type EdgeName,
	type SharedSwarms,
	type SwarmNews,
} from '../../../../edge-server/announce/shared-swarms.ts';
import { describeSwarms, type SwarmsUnderTest } from '../../../contract/announce-swarms.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { infoHash, swarmPeerId } from '../../../support/swarm-names.ts';

const leaseMs = 6_000;

/** A connection, or what stands for one at another edge. */
interface Door {
	readonly name: string;
	readonly edge?: EdgeName;
}

type Tell = (news: SwarmNews) => Promise<void>;

function openShared(options: SwarmsUnderTest, clock: ManualClock, tell: Tell) {
	const errors: unknown[] = [];
	const memory = createMemorySwarms<Door>(options);
	const swarms = createSharedSwarms<Door>({
		...{ memory, clock, leaseMs, tell },
		standIn: (edge, { peerId }) => ({ name: peerId, edge }),
		edgeOf: ({ edge }) => edge,
		onError: (error) => errors.push(error),
	});
	return { swarms, errors };
}

describeSwarms('shared', async (options) => {
	const { swarms } = openShared(options, createManualClock(), async () => undefined);
	return swarms;
});

describe('edges that share their swarms', () => {
	const film = infoHash(1);
	const here: Door = { name: 'here' };
	let clock: ManualClock;
	let edges: Map<EdgeName, ReturnType<typeof openShared>>;
	/** What was told, by whom, and has not been heard. */
	let onTheWay: { readonly from: EdgeName; readonly news: SwarmNews }[];
	let isBusAway: boolean;

	beforeEach(() => {
		clock = createManualClock();
		edges = new Map();
		onTheWay = [];
		isBusAway = false;
	});

	function open(edge: EdgeName): SharedSwarms<Door> {
		const limits = { maxPeersPerSwarm: 50, maxPeers: 100, peerTimeToLiveMs: 600_000 };
		const options = { limits, monotonicMs: clock.monotonicMs, random: () => 0.5 };
		const opened = openShared(options, clock, async (news) => {
			if (isBusAway) throw new Error('the bus is away');
			onTheWay.push({ from: edge, news });
		});
		edges.set(edge, opened);
		opened.swarms.start();
		return opened.swarms;
	}
	function deliver(): void {
		for (const { from, news } of onTheWay.splice(0)) {
			for (const [edge, { swarms }] of edges) if (edge !== from) swarms.hear(from, news);
		}
	}
	async function pass(durationMs: number): Promise<void> {
		for (let passedMs = 0; passedMs < durationMs; passedMs += 50) {
			clock.advance(50);
			await new Promise((resolve) => setImmediate(resolve));
			deliver();
		}
	}
	const announce = (swarms: SharedSwarms<Door>, peer: number, more: object = {}) =>
		swarms.announce({
			...{ infoHash: film, peerId: swarmPeerId(peer), recipient: here },
			...{ isComplete: false, wanted: 5, ...more },
		});
	const count = async (swarms: SharedSwarms<Door>) => (await swarms.count([film]))[0];

	it('know each other’s members, by stand-ins, and hear when they go', async () => {
		const [a, b] = [open('edge-a'), open('edge-b')];
		await pass(100);
		await announce(a, 1, { isComplete: true });
		await pass(100);
		expect(await announce(b, 2)).toMatchObject({
			counts: { complete: 1, incomplete: 1 },
			others: [{ peerId: swarmPeerId(1), recipient: { edge: 'edge-a' } }],
		});
		await pass(100);
		const from = { infoHash: film, peerId: swarmPeerId(1), recipient: here };
		expect(await a.locate(from, swarmPeerId(2))).toMatchObject({ edge: 'edge-b' });
		await a.leave([from]);
		await pass(100);
		expect(await count(b)).toEqual({ complete: 0, incomplete: 1 });
	});

	it('leave a peer id with the edge that has it', async () => {
		const [a, b] = [open('edge-a'), open('edge-b')];
		await announce(a, 1);
		await pass(100);
		expect(await announce(b, 1)).toEqual({ kind: 'taken' });
		await b.leave([{ infoHash: film, peerId: swarmPeerId(1), recipient: here }]);
		await pass(100);
		expect(await count(a)).toEqual({ complete: 0, incomplete: 1 });
	});

	it('tell one that starts later what they have, and forget what it had before', async () => {
		const a = open('edge-a');
		await announce(a, 1);
		await announce(open('edge-b'), 2);
		await pass(500);
		const again = open('edge-b');
		await pass(200);
		expect(await count(again)).toEqual({ complete: 0, incomplete: 1 });
		expect(await count(a)).toEqual({ complete: 0, incomplete: 1 });
	});

	it('forget the members of an edge that is silent for a lease, and ask when it is back', async () => {
		const [a, b] = [open('edge-a'), open('edge-b')];
		await announce(b, 2);
		await pass(100);
		await pass(3 * leaseMs);
		expect(await count(a)).toEqual({ complete: 0, incomplete: 1 });
		const isCut = setCut('edge-b');
		await pass(leaseMs + 100);
		expect(await count(a)).toEqual({ complete: 0, incomplete: 0 });
		isCut.mend();
		await pass(leaseMs);
		expect(await count(a)).toEqual({ complete: 0, incomplete: 1 });
	});

	/** Nothing that this edge says arrives. */
	function setCut(edge: EdgeName) {
		const push = onTheWay.push.bind(onTheWay);
		onTheWay.push = (...told) => push(...told.filter(({ from }) => from !== edge));
		return { mend: () => (onTheWay.push = push) };
	}

	it('say later what the bus would not take, the latest of it', async () => {
		const [a, b] = [open('edge-a'), open('edge-b')];
		await pass(100);
		isBusAway = true;
		await announce(a, 1);
		await announce(a, 2);
		await pass(200);
		await a.leave([{ infoHash: film, peerId: swarmPeerId(2), recipient: here }]);
		await pass(200);
		expect(edges.get('edge-a')?.errors).not.toHaveLength(0);
		isBusAway = false;
		await pass(200);
		expect(await count(b)).toEqual({ complete: 0, incomplete: 1 });
	});

	it('come to the same when everything is heard twice', async () => {
		const [a, b] = [open('edge-a'), open('edge-b')];
		const told: typeof onTheWay = [];
		const push = onTheWay.push.bind(onTheWay);
		onTheWay.push = (...more) => {
			told.push(...more);
			return push(...more);
		};
		await announce(a, 1);
		await pass(100);
		await a.leave([{ infoHash: film, peerId: swarmPeerId(1), recipient: here }]);
		await announce(a, 2);
		await pass(100);
		for (const { from, news } of told) if (from === 'edge-a') b.hear(from, news);
		expect(await count(b)).toEqual({ complete: 0, incomplete: 1 });
	});

	it('say goodbye when they stop', async () => {
		const [a, b] = [open('edge-a'), open('edge-b')];
		await announce(a, 1);
		await pass(100);
		await a.stop();
		deliver();
		expect(await count(b)).toEqual({ complete: 0, incomplete: 0 });
	});
});
