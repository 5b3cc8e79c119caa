import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../../bus/topics.ts';
import {
	CatalogAvailabilityChangedSchema,
	CatalogSubscriptionMatchedSchema,
	EdgeCommandSchema,
} from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { Visibility } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { CatalogInterestSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createEdgeWorld, createSigner, edgeId, settle } from '../../../support/edge-world.ts';

const [ada, bob] = [createSigner(1), createSigner(2)];
const film = 'a'.repeat(26);

describe('events of the bus', () => {
	it('come to each edge in a group of its own', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		expect(world.bus.groups).toEqual(['edge.edge-a']);
	});

	it('reach the peers that are interested', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		const interest = create(CatalogInterestSchema, { wholeCatalog: true });
		await peer.say({ case: 'catalogInterest', value: interest });
		const change = { catalogId: film, visibility: Visibility.PUBLIC, availablePeers: 1 };
		const value = create(CatalogAvailabilityChangedSchema, { entries: [change] });
		await world.bus.deliver(defaultTopics.catalogAvailabilityChanged, {
			case: 'catalogAvailabilityChanged',
			value,
		});
		await world.pass(250);
		expect(peer.of('availabilityChanged')).toMatchObject([{ changes: [{ catalogId: film }] }]);
	});

	it('tell a subscriber, and nobody else, that its wish has come true', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const [subscriber, other] = [await world.admit(ada), await world.admit(bob)];
		const value = create(CatalogSubscriptionMatchedSchema, {
			subscriptionId: 's'.repeat(26),
			peerId: ada.peerId,
			entry: { catalogId: film, title: 'Metropolis' },
		});
		await world.bus.deliver(defaultTopics.catalogSubscriptionMatched, {
			case: 'catalogSubscriptionMatched',
			value,
		});
		expect(subscriber.of('subscriptionMatched')).toMatchObject([
			{ subscriptionId: 's'.repeat(26), catalogId: film, title: 'Metropolis' },
		]);
		expect(other.of('subscriptionMatched')).toHaveLength(0);
	});

	it('give commands to the peers of this edge', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		const value = create(EdgeCommandSchema, {
			commandId: 'c'.repeat(26),
			peerId: ada.peerId,
			request: { case: 'fileDelete', value: { catalogId: film } },
		});
		await world.bus.deliver(defaultTopics.edgeCommands(edgeId), { case: 'edgeCommand', value });
		await settle();
		expect(peer.of('fileDeleteRequest')).toMatchObject([
			{ commandId: 'c'.repeat(26), catalogId: film },
		]);
	});
});
