import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { FileOfferSchema } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import type { OfferId } from '../../../../proto/ids.ts';
import {
	fingerprintsOf,
	pagesOf,
	planAnnouncement,
} from '../../../../peer/library/announcement.ts';
import type { PreparedOffer } from '../../../../peer/library/offer-of-item.ts';

const limits = { maxOffersPerPage: 3, maxFrameBytes: 1_000 };

function offers(count: number, version = 'v1', sizeOnWireBytes = 10) {
	return new Map(
		Array.from({ length: count }, (_, index): [OfferId, PreparedOffer] => {
			const offerId = `offer-${String(index)}` as OfferId;
			const offer = create(FileOfferSchema, { offerId });
			return [offerId, { offer, fingerprint: version, sizeOnWireBytes }];
		}),
	);
}

describe('pagesOf', () => {
	it('cuts by count', () => {
		expect(pagesOf(offers(7).values(), limits).map((page) => page.length)).toEqual([3, 3, 1]);
	});

	it('cuts by size, so that long titles still fit a frame', () => {
		const pages = pagesOf(offers(5, 'v1', 430).values(), limits);
		expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
	});

	it('has one empty page for an empty catalog', () => {
		expect(pagesOf([], limits)).toEqual([[]]);
	});
});

describe('planAnnouncement', () => {
	it('says everything to an edge of which nothing is known', () => {
		expect(planAnnouncement(undefined, offers(1), limits)).toEqual({ kind: 'snapshot' });
	});

	it('says nothing when nothing differs', () => {
		expect(planAnnouncement(fingerprintsOf(offers(3)), offers(3), limits).kind).toBe('nothing');
	});

	it('says a page of changes at a time until nothing is left', () => {
		let known = fingerprintsOf(offers(20));
		const now = new Map([...offers(20), ...offers(5, 'v2')]);
		now.delete('offer-19' as OfferId);
		const deltas: [number, number][] = [];
		for (;;) {
			const plan = planAnnouncement(known, now, limits);
			if (plan.kind !== 'delta') break;
			deltas.push([plan.delta.upserted.length, plan.delta.removedOfferIds.length]);
			known = new Map(plan.after);
		}
		expect(deltas).toEqual([
			[3, 1],
			[2, 0],
		]);
		expect(known).toEqual(fingerprintsOf(now));
	});

	it('says everything when most of it has changed', () => {
		const known = fingerprintsOf(offers(20));
		expect(planAnnouncement(known, offers(20, 'v2'), limits).kind).toBe('snapshot');
	});
});
