import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import {
	createCatalogService,
	type BadSourceReport,
} from '../../../../edge-server/rpc/catalog-service.ts';
import { CatalogService } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { TrackerService } from '../../../../proto/gen/giggityflix/v1/tracker_pb.js';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';

const ada = createSigner(1);
const film = 'a'.repeat(26);
const subscriptionId = 's'.repeat(26);

async function open() {
	const asked: { call: string; request: object; token: string | null }[] = [];
	let failure: ConnectError | undefined;
	const record = (call: string, request: object, token: string | null) => {
		asked.push({ call, request, token });
		if (failure) throw failure;
	};
	const tracker = createClient(
		TrackerService,
		createRouterTransport((router) => {
			router.service(TrackerService, {
				search: (request, { requestHeader }) => {
					record('search', request, requestHeader.get('session_token'));
					return { entries: [{ catalogId: film }], nextPageCursor: 'next', total: 9 };
				},
				getEntry: (request, { requestHeader }) => {
					record('getEntry', request, requestHeader.get('session_token'));
					return { entry: { catalogId: film } };
				},
				createSubscription: (request, { requestHeader }) => {
					record('createSubscription', request, requestHeader.get('session_token'));
					return { subscriptionId, expiresAtMs: 5n };
				},
				deleteSubscription: (request, { requestHeader }) => {
					record('deleteSubscription', request, requestHeader.get('session_token'));
					return {};
				},
			});
		}),
	);
	const world = createEdgeWorld();
	const peer = await world.admit(ada);
	const reports: BadSourceReport[] = [];
	const service = createCatalogService({
		tracker,
		sessions: world.sessions,
		onBadSource: (report) => void reports.push(report),
	});
	const client = createClient(
		CatalogService,
		createRouterTransport((router) => void router.service(CatalogService, service)),
	);
	const headers = {
		peer_id: ada.peerId,
		session_token: peer.of('welcome')[0]!.sessionToken,
	};
	return { asked, reports, client, headers, fail: (error: ConnectError) => (failure = error) };
}

describe('createCatalogService', () => {
	it('searches through the tracker, fifty entries when nothing is said', async () => {
		const { asked, client, headers } = await open();
		const found = await client.search({ query: 'metro', onlyAvailable: true }, { headers });
		expect(found).toMatchObject({
			entries: [{ catalogId: film }],
			nextPageCursor: 'next',
			total: 9,
		});
		expect(asked).toMatchObject([
			{
				call: 'search',
				request: { query: 'metro', pageSize: 50, onlyAvailable: true },
				token: null,
			},
		]);
	});

	it('tells one entry', async () => {
		const { client } = await open();
		expect(await client.getEntry({ catalogId: film })).toMatchObject({
			entry: { catalogId: film },
		});
	});

	it('subscribes and unsubscribes the peer whose session asks', async () => {
		const { asked, client, headers } = await open();
		expect(await client.subscribe({ catalogId: film }, { headers })).toMatchObject({
			subscriptionId,
			expiresAtMs: 5n,
		});
		await client.unsubscribe({ subscriptionId }, { headers });
		expect(asked).toMatchObject([
			{ request: { peerId: ada.peerId, catalogId: film }, token: null },
			{ request: { peerId: ada.peerId, subscriptionId }, token: null },
		]);
	});

	it('subscribes nobody without the token of a session', async () => {
		const { asked, client, headers } = await open();
		for (const spoiled of [
			{},
			{ ...headers, session_token: 'guess' },
			{ ...headers, peer_id: 'x' },
		]) {
			await expect(
				client.subscribe({ catalogId: film }, { headers: spoiled }),
			).rejects.toMatchObject({ code: Code.Unauthenticated });
			await expect(
				client.unsubscribe({ subscriptionId }, { headers: spoiled }),
			).rejects.toMatchObject({ code: Code.Unauthenticated });
		}
		expect(asked).toHaveLength(0);
	});

	it('refuses what no page of ours asks', async () => {
		const { asked, client } = await open();
		for (const request of [
			{ query: 'x'.repeat(201) },
			{ pageSize: 201 },
			{ pageCursor: 'x'.repeat(1_001) },
		]) {
			await expect(client.search(request)).rejects.toMatchObject({ code: Code.InvalidArgument });
		}
		await expect(client.getEntry({ catalogId: '../x' })).rejects.toMatchObject({
			code: Code.InvalidArgument,
		});
		expect(asked).toHaveLength(0);
	});

	it('passes the code of the tracker on, and keeps the words of a defect', async () => {
		const { client, fail } = await open();
		fail(new ConnectError('no such entry', Code.NotFound));
		await expect(client.getEntry({ catalogId: film })).rejects.toMatchObject({
			code: Code.NotFound,
			rawMessage: 'no such entry',
		});
		fail(new ConnectError('password is 123', Code.Internal));
		await expect(client.getEntry({ catalogId: film })).rejects.toMatchObject({
			code: Code.Internal,
			rawMessage: 'internal error',
		});
	});

	it('takes reports of bad sources from those who have a session, and asks the tracker nothing', async () => {
		const { asked, reports, client, headers } = await open();
		await client.reportBadSource({ catalogId: film, peerId: 'mallory' }, { headers });
		expect(reports).toEqual([{ catalogId: film, peerId: 'mallory', reportedBy: ada.peerId }]);
		const wrong: [object, object][] = [
			[{ catalogId: film, peerId: 'mallory' }, {}],
			[{ catalogId: film, peerId: '<b>' }, { headers }],
			[{ catalogId: 'film', peerId: 'mallory' }, { headers }],
		];
		for (const [report, options] of wrong) {
			await expect(client.reportBadSource(report, options)).rejects.toBeInstanceOf(ConnectError);
		}
		expect(reports).toHaveLength(1);
		expect(asked).toEqual([]);
	});
});
