// A change is the difference between what is true and what was said last.
import { describe, expect, it } from 'vitest';
import { Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import type { PeerId } from '../../../proto/ids.ts';
import { createAvailability } from '../../../tracker/availability.ts';
import { createCatalog } from '../../../tracker/catalog.ts';
import { catalogIdOf, makeOffer, offerIdOf } from '../../support/tracker-world.ts';

const laptop = 'laptop' as PeerId;
const film = catalogIdOf('laptop', 1);
const stored = (fields: Parameters<typeof makeOffer>[1] = {}) => ({
	...{ peerId: laptop, offerId: offerIdOf(1), catalogId: film, sequence: 1, addedAtMs: 1 },
	offer: makeOffer(1, fields),
});

function open(offers = [stored()]) {
	const online = new Set<PeerId>();
	const catalog = createCatalog({ offers, aliases: [] });
	const availability = createAvailability(catalog, (peerId) => online.has(peerId));
	const put = (fields?: Parameters<typeof makeOffer>[1]) =>
		catalog.apply({ peerId: laptop, upserted: [stored(fields)], removed: [], aliases: [] });
	const drop = () =>
		catalog.apply({ peerId: laptop, upserted: [], removed: [offerIdOf(1)], aliases: [] });
	return { online, availability, put, drop };
}

describe('availability', () => {
	it('finds a change once', () => {
		const { online, availability } = open();
		expect(availability.take([film])).toEqual([]);
		online.add(laptop);
		expect(availability.count(film)).toBe(0);
		expect(availability.take([film, film])).toMatchObject([
			{ catalogId: film, availablePeers: 1, isNowAvailable: true },
		]);
		expect(availability.take([film])).toEqual([]);
		expect(availability.count(film)).toBe(1);
		expect(availability.availableEntryCount()).toBe(1);
	});

	it('finds an entry that is new, changed or gone', () => {
		const { availability, put, drop } = open([]);
		put();
		expect(availability.take([film])).toMatchObject([{ availablePeers: 0, isNowAvailable: false }]);
		put({ title: 'New' });
		expect(availability.take([film])).toHaveLength(1);
		drop();
		expect(availability.take([film])).toMatchObject([{ entry: undefined, availablePeers: 0 }]);
		expect(availability.take([film])).toEqual([]);
	});

	it('finds that an entry is gone before it is, and not again when it is', () => {
		const { availability, drop } = open();
		const end = availability.expectGone([film]);
		expect(availability.take([film])).toMatchObject([
			{ entry: undefined, visibility: Visibility.PUBLIC, mergedInto: undefined },
		]);
		drop();
		end();
		expect(availability.take([film])).toEqual([]);
	});

	it.each(['that was told', 'that could not be told'])(
		'finds an entry again %s and stayed',
		(how) => {
			const { online, availability } = open();
			online.add(laptop);
			availability.take([film]);
			const end = availability.expectGone([film]);
			const [gone] = availability.take([film]);
			if (how === 'that could not be told') availability.putBack(gone!);
			end();
			expect(availability.take([])).toMatchObject([{ catalogId: film, availablePeers: 1 }]);
			expect(availability.availableEntryCount()).toBe(1);
			expect(availability.take([film])).toEqual([]);
		},
	);

	it('finds that nobody serves what an earlier tracker may have said is served, once', () => {
		const { online, availability } = open();
		expect(availability.take([film])).toEqual([]);
		availability.maybeServedBefore([film]);
		const [change] = availability.take([film]);
		expect(change).toMatchObject({ catalogId: film, availablePeers: 0, isNowAvailable: false });
		expect(change?.visibility).toBe(Visibility.PUBLIC);
		availability.maybeServedBefore([film]);
		expect(availability.take([film])).toEqual([]);
		availability.putBack(change!);
		expect(availability.take([])).toMatchObject([{ availablePeers: 0 }]);
		online.add(laptop);
		expect(availability.take([film])).toMatchObject([{ availablePeers: 1, isNowAvailable: true }]);
		availability.maybeServedBefore([film]);
		expect(availability.take([film])).toEqual([]);
	});

	it('finds again what was put back, without being asked for it', () => {
		const { online, availability } = open();
		online.add(laptop);
		const [change] = availability.take([film]);
		availability.putBack(change!);
		expect(availability.count(film)).toBe(0);
		expect(availability.take([])).toMatchObject([{ availablePeers: 1, isNowAvailable: true }]);
		expect(availability.take([film])).toEqual([]);
		expect(availability.availableEntryCount()).toBe(1);
	});

	it('has nothing to say when the truth has come back to what was said', () => {
		const { online, availability } = open();
		online.add(laptop);
		const [change] = availability.take([film]);
		availability.putBack(change!);
		online.delete(laptop);
		expect(availability.take([])).toEqual([]);
	});

	it('tells everyone when an entry leaves or enters the list, and nobody else what is hidden', () => {
		const { availability, put, drop } = open();
		const visibilityAfter = (visibility: Visibility, title: string) => {
			put({ visibility, title });
			return availability.take([film])[0]?.visibility;
		};
		expect(visibilityAfter(Visibility.LINK_ONLY, 'a')).toBe(Visibility.PUBLIC);
		expect(visibilityAfter(Visibility.LINK_ONLY, 'b')).toBe(Visibility.LINK_ONLY);
		expect(visibilityAfter(Visibility.PUBLIC, 'b')).toBe(Visibility.PUBLIC);
		expect(visibilityAfter(Visibility.LINK_ONLY, 'b')).toBe(Visibility.PUBLIC);
		drop();
		expect(availability.take([film])[0]?.visibility).toBe(Visibility.LINK_ONLY);
	});
});
