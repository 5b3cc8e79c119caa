import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
	CatalogDeltaSchema,
	type CatalogDelta,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { deriveCatalogId, parseOfferId, parsePeerId } from '../../../../proto/ids.ts';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';
import { offer, offerId } from '../../../support/offers.ts';

const ada = createSigner(1);
const catalogId = (number: number) =>
	deriveCatalogId(parsePeerId(ada.peerId), parseOfferId(offerId(number)));

type Changes = Partial<Pick<CatalogDelta, 'upserted' | 'removedOfferIds'>>;

function delta(sequence: bigint, changes: Changes) {
	const value = create(CatalogDeltaSchema, { sequence, ...changes });
	return { case: 'catalogDelta', value } as const;
}

async function admitted() {
	const world = createEdgeWorld();
	world.tracker.catalogSequence = 6n;
	return { world, peer: await world.admit(ada) };
}

describe('a catalog delta', () => {
	it('is published with what is new and what is gone', async () => {
		const { world, peer } = await admitted();
		await peer.say(delta(7n, { upserted: [offer(1)], removedOfferIds: [offerId(2)] }));
		expect(world.bus.of('peerCatalogUpdated')).toMatchObject([
			{
				catalogSequence: 7n,
				isSnapshot: false,
				page: 0,
				isLast: true,
				upserted: [{ catalogId: catalogId(1) }],
				removedCatalogIds: [catalogId(2)],
			},
		]);
		expect(peer.of('catalogIdAssignments')).toMatchObject([
			{ sequence: 7n, assignments: [{ offerId: offerId(1) }] },
		]);
	});

	it('is answered when it only removes, too', async () => {
		const { peer } = await admitted();
		await peer.say(delta(7n, { removedOfferIds: [offerId(2)] }));
		expect(peer.of('catalogIdAssignments')).toMatchObject([{ sequence: 7n, assignments: [] }]);
	});

	it('after a gap makes the edge ask for a snapshot, once', async () => {
		const { world, peer } = await admitted();
		await peer.say(delta(8n, { upserted: [offer(1)] }));
		await peer.say(delta(9n, { upserted: [offer(2)] }));
		expect(peer.of('snapshotRequest')).toMatchObject([
			{ lastSequence: 6n, failure: { code: ErrorCode.INVALID_ARGUMENT } },
		]);
		expect(world.bus.of('peerCatalogUpdated')).toHaveLength(0);
	});

	it.each<[string, Changes]>([
		['a malformed removal', { removedOfferIds: ['../etc/passwd'] }],
		['an offer both there and gone', { upserted: [offer(1)], removedOfferIds: [offerId(1)] }],
		['too many removals', { removedOfferIds: Array(5_001).fill(offerId(1)) as string[] }],
		['a bad offer among good ones', { upserted: [offer(1), offer(2, { sizeBytes: 0n })] }],
	])('with %s is refused whole', async (_, changes) => {
		const { world, peer } = await admitted();
		await peer.say(delta(7n, changes));
		expect(peer.of('snapshotRequest')).toHaveLength(1);
		expect(world.bus.of('peerCatalogUpdated')).toHaveLength(0);
		expect(peer.closedWith).toBeUndefined();
	});
});
