// Random sequences of everything edges may do, with what has to be true after each step, and events in any order.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SessionId } from '../../../proto/ids.ts';
import { lease, none, peerId, type LeaseWorld } from './lease-world.ts';

/** `runs` of each property. */
export function describeRandomSequences(openWorld: () => Promise<LeaseWorld>, runs: number): void {
	it('never lets two edges believe that they hold a peer', { timeout: 120_000 }, async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
				const fresh = await openWorld();
				try {
					await playActions(fresh, actions);
				} finally {
					await fresh.dispose();
				}
			}),
			{ numRuns: runs },
		);
	});

	it('ends in the same state however often and in whatever order events come', async () => {
		await fc.assert(
			fc.asyncProperty(disorderedEvents, async ([events, disordered]) => {
				// In order, a session never begins after its end: sort the plain reading so.
				const inOrder = events.toSorted((a, b) =>
					a.kind === b.kind ? 0 : a.kind === 'established' ? -1 : 1,
				);
				expect(await stateAfter(openWorld, disordered)).toEqual(
					await stateAfter(openWorld, inOrder),
				);
			}),
			{ numRuns: runs },
		);
	});
}

const sessions = ['s1', 's2', 's3', 's4', 's5'];
/** A session belongs to one edge for good. */
const edgeOf = (session: string) => (sessions.indexOf(session) % 2 === 0 ? 'edge-a' : 'edge-b');

const action = fc.record({
	verb: fc.constantFrom('claim', 'renew', 'end', 'wait', 'sweep'),
	session: fc.constantFrom(...sessions),
	replaces: fc.constantFrom(none, ...sessions),
	waitMs: fc.integer({ min: 1, max: 60 }),
	isOther: fc.boolean(),
});

type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function playActions(world: LeaseWorld, actions: readonly Action[]): Promise<void> {
	/** Short, so that leases run out within a sequence. */
	const shortMs = 50;
	/** When the lease ends that an edge was last granted, as that edge knows it: from when it asked. */
	const believed = new Map<string, number>();
	const swept: string[] = [];
	for (const { verb, session, replaces, waitMs, isOther } of actions) {
		const leases = isOther ? world.others : world.leases;
		const wanted = lease(session, edgeOf(session));
		const untilMs = world.nowMs() + shortMs;
		if (verb === 'wait') await world.wait(waitMs);
		if (verb === 'sweep') {
			for (const taken of await leases.takeExpired([peerId])) swept.push(taken.sessionId);
		}
		if (verb === 'end') {
			await leases.end(wanted);
			believed.delete(session);
		}
		if (verb === 'claim') {
			const options = { leaseMs: shortMs, replacesSessionId: replaces as SessionId };
			const isGranted = await leases.claim(wanted, options).then(
				() => true,
				() => false,
			);
			// The edge that names a session gives it up; one that is refused believes what it believed.
			if (isGranted && edgeOf(replaces) === edgeOf(session) && replaces !== session)
				believed.delete(replaces);
			if (isGranted) believed.set(session, untilMs);
		}
		if (verb === 'renew') {
			const [answer] = await leases.renew([wanted], shortMs);
			if (answer?.isHeld) believed.set(session, untilMs);
			else believed.delete(session);
		}
		const [found] = await leases.holders([peerId]);
		const holding = [...believed].filter(([, endsMs]) => endsMs > world.nowMs());
		expect(holding.length).toBeLessThanOrEqual(1);
		const [holding1] = holding;
		if (holding1) expect(found?.sessionId).toBe(holding1[0]);
	}
	expect(new Set(swept).size).toBe(swept.length);
}

interface PresenceEvent {
	readonly kind: 'established' | 'closed';
	readonly session: string;
}

const disorderedEvents = fc
	.array(
		fc.record({
			kind: fc.constantFrom('established' as const, 'closed' as const),
			session: fc.constantFrom(...sessions),
		}),
		{ minLength: 1, maxLength: 12 },
	)
	.chain((events) =>
		fc.tuple(
			fc.constant(events),
			fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
		),
	);

/** The sessions that are open after these events, by name. */
async function stateAfter(
	openWorld: () => Promise<LeaseWorld>,
	events: readonly PresenceEvent[],
): Promise<string[]> {
	const world = await openWorld();
	try {
		for (const { kind, session } of events) {
			const named = lease(session, edgeOf(session));
			if (kind === 'established') await world.leases.establish(named, 60_000);
			else await world.leases.end(named);
		}
		return (await world.leases.open()).map(({ sessionId }) => sessionId).sort();
	} finally {
		await world.dispose();
	}
}
