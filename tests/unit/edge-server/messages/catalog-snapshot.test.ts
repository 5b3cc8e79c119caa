import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { CatalogSnapshotSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import type { FileOffer } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { deriveCatalogId, parseOfferId, parsePeerId } from '../../../../proto/ids.ts';
import { createEdgeWorld, createSigner, settle } from '../../../support/edge-world.ts';
import { offer, offerId } from '../../../support/offers.ts';

const ada = createSigner(1);
const catalogId = (number: number) =>
	deriveCatalogId(parsePeerId(ada.peerId), parseOfferId(offerId(number)));

function page(sequence: bigint, number: number, last: boolean, offers: FileOffer[]) {
	const value = create(CatalogSnapshotSchema, { sequence, page: number, last, offers });
	return { case: 'catalogSnapshot', value } as const;
}

describe('a catalog snapshot', () => {
	it('is published page by page and answered with catalog ids', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		await peer.say(page(1n, 0, false, [offer(1)]));
		await peer.say(page(1n, 1, true, [offer(2)]));
		const { sessionId } = peer.of('welcome')[0]!;
		expect(world.bus.of('peerCatalogUpdated')).toMatchObject([
			{
				peerId: ada.peerId,
				edgeId: 'edge-a',
				sessionId,
				catalogSequence: 1n,
				isSnapshot: true,
				page: 0,
				isLast: false,
				upserted: [{ catalogId: catalogId(1), offer: { title: 'Film 1' } }],
			},
			{ page: 1, isLast: true, upserted: [{ catalogId: catalogId(2) }] },
		]);
		expect(world.bus.published.at(-1)).toMatchObject({
			topic: 'peer.catalog.updated',
			key: ada.peerId,
		});
		expect(peer.of('catalogIdAssignments')).toMatchObject([
			{ sequence: 1n, assignments: [{ offerId: offerId(1), catalogId: catalogId(1) }] },
			{ sequence: 1n, assignments: [{ offerId: offerId(2), catalogId: catalogId(2) }] },
		]);
	});

	it('gets the same ids when the peer comes back', async () => {
		const world = createEdgeWorld();
		const assigned = [];
		for (const sequence of [1n, 2n]) {
			const peer = await world.admit(ada);
			await peer.say(page(sequence, 0, true, [offer(1)]));
			assigned.push(peer.of('catalogIdAssignments')[0]?.assignments);
			peer.receiver.closed();
			await settle();
		}
		expect(assigned[0]).toEqual(assigned[1]);
	});

	it('is answered only when the bus has stored it', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		let store = (): void => undefined;
		world.bus.beforeStore = () => new Promise((resolve) => (store = resolve));
		const said = peer.say(page(1n, 0, true, [offer(1)]));
		await settle();
		expect(peer.of('catalogIdAssignments')).toHaveLength(0);
		store();
		await said;
		expect(peer.of('catalogIdAssignments')).toHaveLength(1);
	});

	it('is asked for again when a page is missing', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		await peer.say(page(1n, 0, false, [offer(1)]));
		await peer.say(page(1n, 2, false, [offer(3)]));
		await peer.say(page(1n, 3, true, [offer(4)]));
		expect(peer.of('snapshotRequest')).toMatchObject([
			{ lastSequence: 0n, failure: { code: ErrorCode.INVALID_ARGUMENT } },
		]);
		await peer.say(page(1n, 0, true, [offer(1)]));
		expect(peer.of('catalogIdAssignments').at(-1)?.sequence).toBe(1n);
		expect(peer.closedWith).toBeUndefined();
	});

	it('is asked for again when the bus has not stored it, after a while', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		world.bus.beforeStore = async () => {
			throw new Error('no broker');
		};
		const said = peer.say(page(1n, 0, true, [offer(1)]));
		await settle();
		expect(peer.received.at(-1)?.case).toBe('welcome');
		await world.pass(2_000);
		await said;
		expect(peer.of('catalogIdAssignments')).toHaveLength(0);
		expect(peer.of('snapshotRequest')).toMatchObject([
			{ lastSequence: 0n, failure: { code: ErrorCode.UNAVAILABLE } },
		]);
		world.bus.beforeStore = async () => undefined;
		await peer.say(page(1n, 0, true, [offer(1)]));
		expect(peer.of('catalogIdAssignments')).toHaveLength(1);
	});

	it('that is bad again and again ends the session', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		for (let round = 0; round < 3; round += 1) {
			await peer.say(page(1n, 0, true, [offer(1, { title: '' })]));
		}
		expect(peer.of('snapshotRequest')).toHaveLength(2);
		expect(peer.closedWith?.error?.code).toBe('invalid-argument');
		expect(world.bus.of('peerCatalogUpdated')).toHaveLength(0);
	});
});
