import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../../proto/errors.ts';
import { OwnerSchema } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { mayStartWithoutOwner, ownersToAsk } from '../../../../web/lib/state/owners-to-ask.ts';
import { demoEntry } from '../../../support/web/demo-catalog.ts';

const keyOf = (fill: number) => new Uint8Array(33).fill(fill);
const owner = (peerId: string, fill: number) =>
	create(OwnerSchema, { peerId, publicKey: keyOf(fill), isOnline: true });
const piecesId = new Uint8Array(32).fill(7);
const entryOf = (changes: object) => ({
	...demoEntry('Alien', { durationMs: 9000 }),
	owners: [owner('anna', 1), owner('ben', 2)],
	...changes,
});

describe('ownersToAsk', () => {
	it('believes the owner of the key, and has the others prove it', () => {
		const asked = ownersToAsk(entryOf({ piecesId }), keyOf(2));
		expect(asked.believed).toEqual(['ben']);
		expect(asked.others).toMatchObject({
			...{ peerIds: ['anna'], piecesId: '07'.repeat(32), durationMs: 9000 },
		});
	});

	it('believes nobody of several without a key', () => {
		const asked = ownersToAsk(entryOf({ piecesId }), undefined);
		expect(asked).toMatchObject({ believed: [], others: { peerIds: ['anna', 'ben'] } });
	});

	it('believes the only one there is', () => {
		const asked = ownersToAsk(entryOf({ piecesId, owners: [owner('anna', 1)] }), undefined);
		expect(asked).toMatchObject({ believed: ['anna'], others: { peerIds: [] } });
	});

	it('asks nobody but the owner of the key while nothing can be proved', () => {
		expect(ownersToAsk(entryOf({}), keyOf(1))).toEqual({ believed: ['anna'] });
	});

	it('never believes another key', () => {
		expect(ownersToAsk(entryOf({ piecesId }), keyOf(3)).believed).toEqual([]);
	});
});

describe('mayStartWithoutOwner', () => {
	const away = (peerId: string, fill: number) => ({ ...owner(peerId, fill), isOnline: false });
	const lost = (reason: ErrorCode) => ({ kind: 'lost', reason, retryAtMs: 0 }) as const;

	it('looks at the owner of the key alone', () => {
		const entry = entryOf({ piecesId, owners: [away('anna', 1), owner('ben', 2)] });
		expect(mayStartWithoutOwner(entry, keyOf(1), undefined)).toBe(true);
		expect(mayStartWithoutOwner(entry, keyOf(2), undefined)).toBe(false);
		expect(mayStartWithoutOwner(entry, keyOf(3), lost('unavailable'))).toBe(false);
	});

	it('wants all of them away without a key', () => {
		const one = entryOf({ piecesId, owners: [away('anna', 1), owner('ben', 2)] });
		const both = entryOf({ piecesId, owners: [away('anna', 1), away('ben', 2)] });
		expect(mayStartWithoutOwner(one, undefined, undefined)).toBe(false);
		expect(mayStartWithoutOwner(both, undefined, undefined)).toBe(true);
	});

	it('takes silence for an absence, and another key for none', () => {
		const entry = entryOf({ piecesId });
		expect(mayStartWithoutOwner(entry, keyOf(1), lost('timed-out'))).toBe(true);
		expect(mayStartWithoutOwner(entry, keyOf(1), lost('unauthenticated'))).toBe(false);
	});

	it('needs something to prove it by', () => {
		const entry = entryOf({ owners: [away('anna', 1)] });
		expect(mayStartWithoutOwner(entry, keyOf(1), lost('unavailable'))).toBe(false);
	});
});
