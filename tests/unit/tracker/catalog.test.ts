// Offers grouped into entries, through upserts, removals and aliases.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, PeerId } from '../../../proto/ids.ts';
import { createCatalog, primaryOffer } from '../../../tracker/catalog.ts';
import type { CatalogChange, StoredOffer } from '../../../tracker/store/tracker-store.ts';
import { catalogIdOf, makeOffer, offerIdOf } from '../../support/tracker-world.ts';

const laptop = 'laptop' as PeerId;
const nas = 'nas' as PeerId;
const ids = [0, 1, 2, 3].map((number) => catalogIdOf('any', number)) as [
	CatalogId,
	CatalogId,
	CatalogId,
	CatalogId,
];
const offer = (
	peerId: PeerId,
	number: number,
	catalogId: CatalogId,
	fields: Parameters<typeof makeOffer>[1] = {},
): StoredOffer => ({
	...{ peerId, catalogId, offerId: offerIdOf(number), sequence: 1, addedAtMs: number },
	offer: makeOffer(number, fields),
});
const change = (peerId: PeerId, fields: Partial<CatalogChange>) => ({
	...{ peerId, upserted: [], removed: [], aliases: [] },
	...fields,
});
const empty = () => createCatalog({ offers: [], aliases: [] });

describe('catalog', () => {
	it('gathers the offers under one id, and drops the entry with the last one', () => {
		const catalog = empty();
		catalog.apply(change(laptop, { upserted: [offer(laptop, 1, ids[0])] }));
		catalog.apply(change(nas, { upserted: [offer(nas, 2, ids[0])] }));
		expect(catalog.entry(ids[0])?.offers.map(({ peerId }) => peerId)).toEqual([laptop, nas]);
		const removal = change(laptop, { removed: [offerIdOf(1), offerIdOf(9)] });
		expect([...catalog.apply(removal)]).toEqual([ids[0]]);
		expect(catalog.entriesOf(laptop).size).toBe(0);
		catalog.apply(change(nas, { removed: [offerIdOf(2)] }));
		expect(catalog.entry(ids[0])).toBeUndefined();
		expect(catalog.entryCount()).toBe(0);
	});

	it('gives an entry a new revision when it changed, and only then', () => {
		const catalog = empty();
		const revisionAfter = (stored: StoredOffer) => {
			catalog.apply(change(laptop, { upserted: [stored] }));
			return catalog.entry(ids[0])?.revision;
		};
		const first = revisionAfter(offer(laptop, 1, ids[0]));
		expect(revisionAfter({ ...offer(laptop, 1, ids[0]), sequence: 2 })).toBe(first);
		expect(revisionAfter(offer(laptop, 1, ids[0], { title: 'New' }))).not.toBe(first);
	});

	it('moves offers when their entry becomes an alias, and back', () => {
		const catalog = empty();
		catalog.apply(change(laptop, { upserted: [offer(laptop, 1, ids[0])] }));
		catalog.apply(change(nas, { upserted: [offer(nas, 2, ids[1])] }));
		const touched = catalog.apply(change(nas, { aliases: [{ alias: ids[0], catalogId: ids[1] }] }));
		expect([...touched].sort()).toEqual([ids[0], ids[1]].sort());
		expect(catalog.entry(ids[0])).toBe(catalog.entry(ids[1]));
		expect(catalog.entry(ids[1])?.offers).toHaveLength(2);
		catalog.apply(change(nas, { aliases: [{ alias: ids[1], catalogId: ids[0] }] }));
		expect(catalog.resolve(ids[1])).toBe(ids[0]);
		expect(catalog.entry(ids[1])?.catalogId).toBe(ids[0]);
	});

	it('knows every id that leads to an entry', () => {
		const catalog = createCatalog({
			offers: [],
			aliases: [
				{ alias: ids[0], catalogId: ids[1] },
				{ alias: ids[1], catalogId: ids[2] },
				{ alias: ids[3], catalogId: ids[2] },
			],
		});
		expect(catalog.idsOf(ids[2])[0]).toBe(ids[2]);
		expect(catalog.idsOf(ids[2]).sort()).toEqual([...ids].sort());
		expect(catalog.idsOf(ids[1])).toEqual([ids[1], ids[0]]);
	});

	it('gives an id back to its offers when it is no alias any more', () => {
		const catalog = empty();
		catalog.apply(change(laptop, { upserted: [offer(laptop, 1, ids[0])] }));
		catalog.apply(change(nas, { upserted: [offer(nas, 2, ids[1])] }));
		catalog.applyAliases({ added: [{ alias: ids[1], catalogId: ids[0] }], removed: [] });
		expect(catalog.entry(ids[0])?.offers).toHaveLength(2);
		const touched = catalog.applyAliases({ added: [], removed: [ids[1]] });
		expect([...touched].sort()).toEqual([ids[0], ids[1]].sort());
		expect(catalog.entry(ids[1])?.offers.map(({ peerId }) => peerId)).toEqual([nas]);
		expect(catalog.applyAliases({ added: [], removed: [ids[1]] }).size).toBe(0);
	});

	it('knows which offers have the same content', () => {
		const catalog = empty();
		const digest = new Uint8Array(32).fill(1);
		const content = { mediaId: digest, piecesId: digest };
		const one = offer(laptop, 1, ids[0], content);
		catalog.apply(change(laptop, { upserted: [one, offer(laptop, 3, ids[2])] }));
		const copy = offer(nas, 2, ids[1], content);
		catalog.apply(change(nas, { upserted: [copy] }));
		expect(catalog.offersOfContent(one)).toEqual([one, copy]);
		catalog.apply(
			change(nas, { upserted: [offer(nas, 2, ids[1], { ...content, sizeBytes: 9n })] }),
		);
		expect(catalog.offersOfContent(one)).toEqual([one]);
		// Whoever says other pieces has other bytes, whatever the media id.
		const otherPieces = { mediaId: digest, piecesId: new Uint8Array(32).fill(2) };
		catalog.apply(change(nas, { upserted: [offer(nas, 2, ids[1], otherPieces)] }));
		expect(catalog.offersOfContent(one)).toEqual([one]);
		const noPieces = offer(nas, 2, ids[1], { mediaId: digest });
		catalog.apply(change(nas, { upserted: [noPieces] }));
		expect(catalog.offersOfContent(noPieces)).toEqual([]);
		catalog.apply(change(laptop, { removed: [offerIdOf(1)] }));
		expect(catalog.offersOfContent(one)).toEqual([]);
	});

	it('does not run in circles when stored aliases do', () => {
		const catalog = createCatalog({
			offers: [offer(laptop, 1, ids[0])],
			aliases: [
				{ alias: ids[0], catalogId: ids[1] },
				{ alias: ids[1], catalogId: ids[2] },
				{ alias: ids[2], catalogId: ids[0] },
			],
		});
		const entries = ids.slice(0, 3).map((id) => catalog.entry(id)?.offers.length);
		expect(entries).toEqual([1, 1, 1]);
	});

	it('describes an entry by what everyone may see, when there is such an offer', () => {
		const catalog = empty();
		const hidden = offer(laptop, 1, ids[0], { visibility: Visibility.LINK_ONLY });
		catalog.apply(change(laptop, { upserted: [hidden] }));
		expect(primaryOffer(catalog.entry(ids[0])!)).toBe(hidden);
		const open = offer(nas, 2, ids[0]);
		catalog.apply(change(nas, { upserted: [open] }));
		expect(primaryOffer(catalog.entry(ids[0])!)).toBe(open);
	});

	it('holds every offer in exactly one entry, whatever is applied', () => {
		const step = fc.record({
			peerId: fc.constantFrom(laptop, nas),
			number: fc.integer({ min: 1, max: 4 }),
			at: fc.integer({ min: 0, max: 3 }),
			aliasOf: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
			isRemoval: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const catalog = empty();
				for (const { peerId, number, at, aliasOf, isRemoval } of steps) {
					const catalogId = ids[at]!;
					const alias = aliasOf === undefined || aliasOf === at ? undefined : ids[aliasOf]!;
					catalog.apply(
						change(peerId, {
							upserted: isRemoval ? [] : [offer(peerId, number, catalogId)],
							removed: isRemoval ? [offerIdOf(number)] : [],
							aliases: alias ? [{ alias, catalogId }] : [],
						}),
					);
				}
				const held = [...catalog.entries()].flatMap((entry) => {
					expect(catalog.resolve(entry.catalogId)).toBe(entry.catalogId);
					expect(entry.offers.length).toBeGreaterThan(0);
					return entry.offers.map((each) => `${each.peerId} ${each.offerId}`);
				});
				const owned = [laptop, nas].flatMap((peerId) =>
					[...catalog.offersOf(peerId).keys()].map((offerId) => `${peerId} ${offerId}`),
				);
				expect(held.sort()).toEqual(owned.sort());
			}),
			{ numRuns: 300 },
		);
	});
});
