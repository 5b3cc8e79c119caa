import { describe, expect, it } from 'vitest';
import { createOfferTally } from '../../../../edge-server/messages/offer-tally.ts';
import { offerId } from '../../../support/offers.ts';

describe('createOfferTally', () => {
	it('counts an offer once, however often it is announced', () => {
		const tally = createOfferTally();
		for (const number of [1, 2, 2, 3, 1]) tally.add(offerId(number));
		expect(tally.count()).toBe(3);
		tally.delete(offerId(2));
		tally.delete(offerId(9));
		expect(tally.count()).toBe(2);
		expect(tally.countNew([offerId(1), offerId(2), offerId(4)])).toBe(2);
	});

	it('tells apart every digit of base32', () => {
		const tally = createOfferTally();
		for (let number = 0; number < 32 * 32; number += 1) tally.add(offerId(number));
		expect(tally.count()).toBe(1_024);
	});
});
