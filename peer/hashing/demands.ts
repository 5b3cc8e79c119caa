// Those who wait for one file's media id, several for the same file at times. Does not hash anything.
import type { GiggityflixError } from '../../proto/errors.ts';
import type { MediaId, OfferId } from '../../proto/ids.ts';
import type { LibraryItem } from '../library/library-item.ts';
import { createDeferred } from '../transfer/settling.ts';

export interface Demands {
	/** Resolves when the file is hashed. Rejects when that failed, and with `signal.reason`. */
	add(item: LibraryItem, signal: AbortSignal): Promise<MediaId>;
	has(offerId: OfferId): boolean;
	/** Asks for every file that is waited for what has become of it; `undefined`: still to come. */
	settle(outcomeOf: (item: LibraryItem) => MediaId | GiggityflixError | undefined): void;
	fail(offerId: OfferId, error: GiggityflixError): void;
}

interface Demand {
	readonly item: LibraryItem;
	readonly resolve: (mediaId: MediaId) => void;
	readonly reject: (error: unknown) => void;
}

export function createDemands(): Demands {
	const demands = new Set<Demand>();
	const has = (offerId: OfferId) => [...demands].some(({ item }) => item.offerId === offerId);

	return {
		has,
		async add(item, signal) {
			signal.throwIfAborted();
			const { promise, resolve, reject } = createDeferred<MediaId>();
			const demand = { item, resolve, reject };
			const onAbort = () => reject(signal.reason);
			demands.add(demand);
			signal.addEventListener('abort', onAbort);
			try {
				return await promise;
			} finally {
				demands.delete(demand);
				signal.removeEventListener('abort', onAbort);
			}
		},
		settle(outcomeOf) {
			for (const { item, resolve, reject } of [...demands]) {
				const outcome = outcomeOf(item);
				if (typeof outcome === 'string') resolve(outcome);
				else if (outcome) reject(outcome);
			}
		},
		fail(offerId, error) {
			for (const { item, reject } of [...demands]) if (item.offerId === offerId) reject(error);
		},
	};
}
