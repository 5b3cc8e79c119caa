// The catalog id an offer has by itself, by the platform's own SHA-256: it is asked for on every way an offer takes, and
// with a hash in JavaScript would cost more than all else that is done to one.
import { hash } from 'node:crypto';
import { deriveCatalogId, type CatalogId } from '../proto/ids.ts';
import type { StoredOffer } from './store/tracker-store.ts';

/** Its text costs a third of what a buffer of its own does. */
const sha256 = (text: string) => Buffer.from(hash('sha256', text, 'hex'), 'hex');

/** The id an offer has by itself; the one its edge gave it when it stands for another. */
export function ownIdOf({ peerId, offerId }: Pick<StoredOffer, 'peerId' | 'offerId'>): CatalogId {
	return deriveCatalogId(peerId, offerId, sha256);
}
