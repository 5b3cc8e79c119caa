import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { OwnerSchema } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { isOwnerAway, ownersToAsk } from '../../../../web/lib/state/owners-to-ask.ts';
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

describe('isOwnerAway', () => {
	const away = (peerId: string, fill: number) => ({ ...owner(peerId, fill), isOnline: false });

	it('looks at the owner of the key alone', () => {
		const entry = entryOf({ owners: [away('anna', 1), owner('ben', 2)] });
		expect(isOwnerAway(entry, keyOf(1))).toBe(true);
		expect(isOwnerAway(entry, keyOf(2))).toBe(false);
		expect(isOwnerAway(entry, keyOf(3))).toBe(false);
	});

	it('wants all of them away without a key', () => {
		expect(isOwnerAway(entryOf({ owners: [away('anna', 1), owner('ben', 2)] }), undefined)).toBe(
			false,
		);
		expect(isOwnerAway(entryOf({ owners: [away('anna', 1), away('ben', 2)] }), undefined)).toBe(
			true,
		);
	});
});
