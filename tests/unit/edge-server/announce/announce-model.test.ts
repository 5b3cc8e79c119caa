// Random clients on random connections, some with stolen peer ids, beside a model that keeps nothing but who is
// where. Offers carry unique ids, so every one that arrives can be traced to the announce it came with.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { announceLimits as limits } from '../../../../edge-server/announce/announce-limits.ts';
import {
	createAnnounceTracker,
	type AnnounceConnection,
	type AnnounceReceiver,
} from '../../../../edge-server/announce/announce-tracker.ts';
import { createMemorySwarms } from '../../../../edge-server/announce/memory-swarms.ts';
import { fromWireText, toWireText } from '../../../../edge-server/announce/wire-text.ts';
import { createSeededRandom } from '../../../../edge-server/announce/seeded-random.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { binaryName } from '../../../support/swarm-names.ts';

const small = (max: number) => fc.integer({ min: 0, max });
const step = fc.record({
	kind: fc.constantFrom('announce', 'announce', 'announce', 'answer', 'stop', 'disconnect'),
	connection: small(4),
	torrent: small(1),
	peer: small(5),
	to: small(5),
	left: fc.constantFrom(0, 5),
	offers: small(4),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Frame {
	readonly info_hash: string;
	readonly peer_id?: string;
	readonly offer_id?: string;
	readonly offer?: object;
	readonly answer?: object;
	readonly complete?: number;
	readonly incomplete?: number;
}

/** The tracker and five connections, each with what it has been sent and not yet been asked for. */
function openWorld(seed: number) {
	const clock = createManualClock();
	const tracker = createAnnounceTracker({
		clock,
		limits: { ...limits, messageBurst: 1_000_000 },
		swarms: createMemorySwarms<AnnounceConnection>({
			limits,
			random: createSeededRandom(seed),
			monotonicMs: clock.monotonicMs,
		}),
		onError: (error) => {
			throw error;
		},
	});
	const inboxes: Frame[][] = [];
	const receivers: AnnounceReceiver[] = [];
	const connect = (connection: number) => {
		const inbox: Frame[] = (inboxes[connection] = []);
		receivers[connection] = tracker.open({
			send: (frame) => inbox.push(JSON.parse(fromWireText(frame)) as Frame),
			close: (code) => expect.fail(`closed with ${code}`),
		});
	};
	for (let connection = 0; connection < 5; connection += 1) connect(connection);
	return {
		say: (connection: number, message: object) =>
			receivers[connection]!.receive(toWireText(JSON.stringify(message))),
		reconnect(connection: number) {
			receivers[connection]!.closed();
			connect(connection);
		},
		/** Everything sent since the last call, with the connection it went to. */
		take: () => inboxes.flatMap((inbox, to) => inbox.splice(0).map((frame) => ({ to, frame }))),
		counts: () => tracker.counts(),
	};
}

/** Who is in which torrent: peer to connection and completeness. */
type Model = Map<number, Map<number, { connection: number; isComplete: boolean }>>;

it('keeps to the model, whoever says what', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
			const world = openWorld(seed);
			const model: Model = new Map();
			model.set(0, new Map()).set(1, new Map());
			for (const [index, each] of steps.entries()) check(world, model, each, index);
		}),
		{ numRuns: 300 },
	);
});

function check(world: ReturnType<typeof openWorld>, model: Model, each: Step, index: number): void {
	const swarm = model.get(each.torrent)!;
	const owner = swarm.get(each.peer);
	const isStolen = owner !== undefined && owner.connection !== each.connection;
	const names = {
		action: 'announce',
		info_hash: binaryName('torrent', each.torrent),
		peer_id: binaryName('peer', each.peer),
	};
	const reply = () => {
		const complete = [...swarm.values()].filter(({ isComplete }) => isComplete).length;
		return { to: each.connection, frame: { complete, incomplete: swarm.size - complete } };
	};
	switch (each.kind) {
		case 'announce': {
			const offers = Array.from({ length: each.offers }, (_, number) => ({
				offer: { type: 'offer', sdp: `${index}` },
				offer_id: binaryName('o', index * 10 + number),
			}));
			world.say(each.connection, { ...names, left: each.left, offers });
			const taken = world.take();
			if (isStolen) {
				expect(taken).toEqual([]);
				break;
			}
			const isComplete = each.left === 0 || (owner?.isComplete ?? false);
			swarm.set(each.peer, { connection: each.connection, isComplete });
			expect(taken.filter(({ frame }) => frame.offer === undefined)).toMatchObject([reply()]);
			const given = taken.filter(({ frame }) => frame.offer !== undefined);
			expect(given).toHaveLength(Math.min(each.offers, swarm.size - 1));
			const ids = given.map(({ frame }) => frame.offer_id);
			expect(new Set(ids).size).toBe(ids.length);
			expect(offers.map((offer) => offer.offer_id)).toEqual(expect.arrayContaining(ids));
			for (const { frame } of given) {
				expect(frame.info_hash).toBe(names.info_hash);
				expect(frame.peer_id).toBe(names.peer_id);
			}
			expectDifferentOthers(swarm, each.peer, given);
			break;
		}
		case 'answer': {
			const offer_id = binaryName('o', index);
			const to_peer_id = binaryName('peer', each.to);
			const answer = { type: 'answer', sdp: `${index}` };
			world.say(each.connection, { ...names, to_peer_id, offer_id, answer });
			const target = swarm.get(each.to);
			const isHeard = owner !== undefined && !isStolen && target !== undefined;
			expect(world.take()).toEqual(
				isHeard ? [{ to: target.connection, frame: { ...names, offer_id, answer } }] : [],
			);
			break;
		}
		case 'stop':
			world.say(each.connection, { ...names, event: 'stopped' });
			if (!isStolen) swarm.delete(each.peer);
			expect(world.take()).toMatchObject([reply()]);
			break;
		case 'disconnect':
			world.reconnect(each.connection);
			for (const members of model.values()) {
				for (const [peer, { connection }] of members) {
					if (connection === each.connection) members.delete(peer);
				}
			}
	}
	const sizes = [...model.values()].map((members) => members.size);
	expect(world.counts()).toMatchObject({
		connections: 5,
		peers: sizes.reduce((sum, size) => sum + size, 0),
		swarms: sizes.filter((size) => size > 0).length,
	});
}

/** Each offer went to another member: no connection got more than it has members, the announced one apart. */
function expectDifferentOthers(
	swarm: ReadonlyMap<number, { connection: number }>,
	announced: number,
	given: readonly { to: number }[],
): void {
	for (const connection of new Set(given.map(({ to }) => to))) {
		const others = [...swarm].filter(
			([peer, member]) => peer !== announced && member.connection === connection,
		);
		const got = given.filter(({ to }) => to === connection);
		expect(got.length).toBeLessThanOrEqual(others.length);
	}
}
