// How many different offers a peer has announced in this session, in a few bytes an offer: thirty bits of
// each id are kept, not the id. Two ids that agree in them (one chance in a thousand million for a pair)
// make the tally one too low, which hurts nobody; it only ever guards a limit.

export interface OfferTally {
	add(offerId: string): void;
	delete(offerId: string): void;
	count(): number;
	/** How many of these are not in the tally. */
	countNew(offerIds: readonly string[]): number;
}

export function createOfferTally(): OfferTally {
	const keys = new Set<number>();
	return {
		add: (offerId) => void keys.add(keyOf(offerId)),
		delete: (offerId) => void keys.delete(keyOf(offerId)),
		count: () => keys.size,
		countNew: (offerIds) => offerIds.filter((offerId) => !keys.has(keyOf(offerId))).length,
	};
}

/** The first six of an id's base32 digits. Thirty bits stay a small integer, which a Set keeps in place. */
function keyOf(offerId: string): number {
	let key = 0;
	for (let index = 0; index < 6; index += 1) {
		const digit = offerId.charCodeAt(index);
		// "a" to "z" are 0 to 25, "2" to "7" are 26 to 31 (RFC 4648 §6).
		key = key * 32 + (digit >= 97 ? digit - 97 : digit - 24);
	}
	return key;
}
