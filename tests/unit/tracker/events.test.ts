// Events may come twice, and those of different topics in any order: what the tracker ends up with is what it
// would have had from each once, in turn.
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
	BusEventSchema,
	EdgeCommandSchema,
	PeerConnectionEstablishedSchema,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { applyEvent, type EventContext } from '../../../tracker/events.ts';
import { keyOf, makeOffer, openTrackerWorld } from '../../support/tracker-world.ts';

type Step =
	| { readonly kind: 'established' | 'closed'; readonly session: string }
	| { readonly kind: 'announced'; readonly sequence: number; readonly films: readonly number[] };

/** Applies events to a fresh tracker, one after the other, and reads back everything viewers can see. */
async function outcomeOf(steps: readonly Step[]): Promise<unknown> {
	const world = await openTrackerWorld();
	for (const step of steps) {
		if (step.kind === 'established') await world.established('laptop', step.session);
		if (step.kind === 'closed') await world.left('laptop', step.session);
		if (step.kind === 'announced') {
			await world.announce(
				'laptop',
				step.sequence,
				step.films.map((film) => makeOffer(film)),
			);
		}
		await world.settle();
	}
	const { entries } = await world.client.search({ pageSize: 200 });
	const seen = entries
		.map(({ catalogId, owners }) => `${catalogId} ${String(owners[0]?.isOnline)}`)
		.sort();
	const counts = world.tracker.counts();
	// The last thing said of each entry that is left must be what is true of it.
	const said = new Map(world.changes.map((change) => [change.catalogId, change]));
	const saidAvailable = [...said.values()].filter((change) => change.availablePeers > 0).length;
	await world.stop();
	expect(saidAvailable).toBe(counts.availableEntries);
	return { seen, counts };
}

/** The life of one peer: sessions that begin and mostly end, and snapshots that rise. */
const life = fc
	.array(
		fc.record({
			isEnded: fc.boolean(),
			films: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
		}),
		{ minLength: 1, maxLength: 4 },
	)
	.map((sessions) =>
		sessions.flatMap(({ isEnded, films }, index): Step[] => [
			{ kind: 'established', session: `s${index}` },
			{ kind: 'announced', sequence: index + 1, films },
			...(isEnded ? [{ kind: 'closed' as const, session: `s${index}` }] : []),
		]),
	);

describe('applyEvent', () => {
	it('comes to the same end when events are doubled and topics overtake each other', async () => {
		const disordered = life.chain((steps) =>
			fc.tuple(
				fc.constant(steps),
				// Each topic keeps its order and repeats what it likes; the topics are shuffled together.
				fc.infiniteStream(fc.nat({ max: 2 })),
				fc.infiniteStream(fc.boolean()),
			),
		);
		await fc.assert(
			fc.asyncProperty(disordered, async ([steps, turns, repeats]) => {
				const kinds = ['established', 'announced', 'closed'] as const;
				const topics = kinds.map((kind) => steps.filter((step) => step.kind === kind));
				const mixed: Step[] = [];
				while (topics.some((topic) => topic.length > 0)) {
					const turn = Number(turns.next().value);
					const step = topics[turn]?.shift();
					if (!step) continue;
					mixed.push(step);
					if (repeats.next().value) mixed.push(step);
				}
				expect(await outcomeOf(mixed)).toEqual(await outcomeOf(steps));
			}),
			{ numRuns: 40 },
		);
	});

	it('leaves events alone that are not for the tracker', async () => {
		const untouchable = {} as EventContext;
		const value = create(EdgeCommandSchema, { peerId: 'laptop' });
		const command = create(BusEventSchema, { body: { case: 'edgeCommand', value } });
		await expect(applyEvent(untouchable, command)).resolves.toBeUndefined();
		await expect(applyEvent(untouchable, create(BusEventSchema))).resolves.toBeUndefined();
	});

	it('puts aside what breaks the rules, and goes on', async () => {
		const warn = vi.fn();
		const world = await openTrackerWorld({ warn });
		await world.comeOnline('laptop', 's1');
		const value = create(PeerConnectionEstablishedSchema, {
			...{ peerId: 'laptop', edgeId: 'edge-a', sessionId: 's9' },
			publicKey: keyOf('thief'),
		});
		const { topics, bus, clock } = world;
		await bus.publish(topics.peerConnectionEstablished, 'laptop', {
			case: 'peerConnectionEstablished',
			value,
		});
		await vi.waitFor(() => {
			clock.advance(1_000);
			expect(bus.counts()).toMatchObject({ putAside: 1, waiting: 0 });
		});
		expect(warn).toHaveBeenCalledWith(
			'event put aside',
			expect.objectContaining({ code: 'permission-denied' }),
		);
		await world.left('laptop', 's1');
		await vi.waitFor(async () => {
			await expect(world.client.locatePeer({ peerId: 'laptop' })).rejects.toThrow(/not_found/);
		});
		await world.stop();
	});
});
