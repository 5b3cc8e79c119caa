// Announcements planned together come to what they come to one by one, whatever they bring and take away.
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	PeerCatalogUpdatedSchema,
	type PeerCatalogUpdated,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import type { PeerId } from '../../../proto/ids.ts';
import { createCatalog } from '../../../tracker/catalog.ts';
import { planUpdates } from '../../../tracker/catalog-plan.ts';
import { noProgress } from '../../../tracker/catalog-progress.ts';
import { catalogIdOf, makeOffer } from '../../support/tracker-world.ts';

const peerId = 'laptop' as PeerId;

interface Announced {
	readonly sequence: number;
	/** By its number, under its own id or, once remapped, under that of another. */
	readonly films: readonly { readonly film: number; readonly under: number }[];
	readonly removed?: readonly number[];
	readonly page?: number;
	readonly isSnapshot?: boolean;
	readonly isLast?: boolean;
}

function announce({ films, removed = [], sequence, ...fields }: Announced): PeerCatalogUpdated {
	return create(PeerCatalogUpdatedSchema, {
		...{ peerId, isLast: true, ...fields, catalogSequence: BigInt(sequence) },
		upserted: films.map(({ film, under }) => ({
			catalogId: catalogIdOf(peerId, under),
			offer: makeOffer(film, { title: `Film ${film} of ${sequence}` }),
		})),
		removedCatalogIds: removed.map((film) => catalogIdOf(peerId, film)),
	});
}

/** What the catalog of a peer is after some announcements, planned in rows of this length, and how many changes that took. */
function outcomeOf(announced: readonly PeerCatalogUpdated[], rowLength: number) {
	const catalog = createCatalog({ offers: [], aliases: [] });
	const logger = { info: () => undefined, warn: () => undefined };
	let progress = noProgress;
	const known = { publicKey: new Uint8Array(), displayName: '', lastSeenAtMs: 0, isHeld: false };
	const peers = { get: () => ({ peerId, ...known, progress }) };
	let changes = 0;
	for (let left = announced; left.length > 0;) {
		const plan = planUpdates(
			{ peers, catalog, logger, clock: { now: () => 7 } },
			left.slice(0, rowLength),
		);
		left = left.slice(plan.updates.length);
		if (!plan.change) continue;
		expect(plan.change.before).toEqual(progress);
		({ progress } = plan.change);
		catalog.apply(plan.change);
		changes += 1;
	}
	const offers = catalog.offers().toSorted((a, b) => (a.offerId < b.offerId ? -1 : 1));
	return { state: { progress, offers, aliases: catalog.aliases() }, changes };
}

const films = (...numbers: number[]) => numbers.map((film) => ({ film, under: film }));

const number = fc.integer({ min: 1, max: 6 });
const announcement: fc.Arbitrary<Announced> = fc.record({
	sequence: number,
	films: fc.uniqueArray(
		fc.oneof(
			{ weight: 5, arbitrary: number.map((film) => ({ film, under: film })) },
			{ weight: 1, arbitrary: fc.record({ film: number, under: number }) },
		),
		{ maxLength: 3, selector: ({ film }) => film },
	),
	removed: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(number, { maxLength: 2 })),
	page: fc.integer({ min: 0, max: 2 }),
	isSnapshot: fc.boolean(),
	isLast: fc.boolean(),
});

describe('planUpdates', () => {
	it('comes to the same for announcements together as one by one', () => {
		fc.assert(
			fc.property(fc.array(announcement, { maxLength: 12 }), (announced) => {
				const inOrder = announced.toSorted((a, b) => a.sequence - b.sequence);
				for (const order of [inOrder, announced]) {
					const updates = order.map(announce);
					expect(outcomeOf(updates, 12).state).toEqual(outcomeOf(updates, 1).state);
				}
			}),
			{ numRuns: 300 },
		);
	});

	it('makes one change of films that are told one by one', () => {
		const told = [1, 2, 3, 4].map((film) => announce({ sequence: film, films: films(film) }));
		const { state, changes } = outcomeOf(told, 4);
		expect(changes).toBe(1);
		expect(state.progress).toMatchObject({ completeSequence: 4, appliedSequence: 4 });
		expect(state.offers.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
	});

	it('makes one change of the pages of a snapshot before its last', () => {
		const pages = [0, 1, 2, 3].map((page) =>
			announce({ sequence: 1, isSnapshot: true, isLast: page === 3, page, films: films(page) }),
		);
		expect(outcomeOf(pages, 4)).toMatchObject({
			changes: 2,
			state: { progress: { completeSequence: 1, appliedPages: 4 } },
		});
	});

	it('leaves what takes away, or says something of the same film again, for a change of its own', () => {
		const told = [
			announce({ sequence: 1, films: films(1, 2) }),
			announce({ sequence: 2, films: films(2) }),
			announce({ sequence: 3, films: [], removed: [1] }),
			announce({ sequence: 4, films: films(1) }),
		];
		expect(outcomeOf(told, 4).changes).toBe(4);
	});

	it('makes a change no larger than a page may be', () => {
		const told = [0, 1, 2, 3, 4].map((at) => {
			const numbers = Array.from({ length: 80 }, (_, film) => 80 * at + film);
			return announce({ sequence: at + 1, films: films(...numbers) });
		});
		expect(outcomeOf(told, 5).changes).toBe(3);
	});

	it('plans for one peer at a time', () => {
		const mine = announce({ sequence: 1, films: films(1) });
		const other = { ...announce({ sequence: 2, films: films(2) }), peerId: 'nas' };
		expect(outcomeOf([mine, other], 2).changes).toBe(2);
	});

	it('plans nothing of a row of which one cannot be planned', () => {
		const told = [
			announce({ sequence: 1, films: films(1) }),
			announce({ sequence: 0, films: films(2) }),
		];
		expect(() => outcomeOf(told, 2)).toThrow('a catalog sequence out of range');
	});
});
