// Commands of the edge, through a whole peer: what is asked, what is answered, what happened to the library.
import { afterEach, describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import { ErrorCode } from '../../../../../proto/gen/giggityflix/v1/errors_pb.js';
import type { PeerMessage } from '../../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { CatalogId } from '../../../../../proto/ids.ts';
import { createPeer, type LeadingPeer } from '../../../../../peer/create-peer.ts';
import { createMemoryFolder } from '../../../../support/peer/memory-folder.ts';
import type { ModelEdge } from '../../../../support/peer/model-edge.ts';
import { createPeerFixture, fakeHasher } from '../../../../support/peer/peer-fixture.ts';

const commandId = 'command-1';
const running: LeadingPeer[] = [];

afterEach(async () => {
	for (const peer of running.splice(0)) await peer.stop();
});

async function shared(overrides: Parameters<typeof createPeerFixture>[0] = {}) {
	const fixture = createPeerFixture(overrides);
	const folder = createMemoryFolder('Films', { 'Alien.mkv': 'alien' });
	const peer = createPeer(fixture.deps);
	running.push(peer);
	await peer.start();
	const folderId = await peer.addFolder(folder);
	await fixture.clock.until(() => peer.items()[0]?.storedPosterId !== undefined);
	const catalogId = peer.items()[0]!.catalogId!;
	/** Says something and returns the first answer. */
	async function ask<Case extends NonNullable<PeerMessage['body']['case']>>(
		body: Parameters<ModelEdge['say']>[0],
		answer: Case,
	) {
		fixture.edge.heard.length = 0;
		fixture.edge.say(body);
		const isAnswer = (message: PeerMessage) => message.body.case === answer;
		await fixture.clock.until(() => fixture.edge.heard.some(isAnswer));
		const found = fixture.edge.heard.find(isAnswer)?.body;
		return found?.value as Extract<PeerMessage['body'], { case: Case }>['value'];
	}
	return { ...fixture, folder, folderId, peer, catalogId, ask };
}

describe('file delete request', () => {
	const request = (catalogId: CatalogId) =>
		({ case: 'fileDeleteRequest', value: { commandId, catalogId } }) as const;

	it('is refused unless the owner allows it', async () => {
		const { ask, catalogId, folder } = await shared();
		const { failure } = await ask(request(catalogId), 'fileDeleteResponse');
		expect(failure?.code).toBe(ErrorCode.PERMISSION_DENIED);
		expect(folder.files.size).toBe(1);
	});

	it('deletes the file and withdraws the offer', async () => {
		const { ask, catalogId, folder, peer, edge, clock } = await shared();
		await peer.updateSettings({ allowDelete: true });
		const answer = await ask(request(catalogId), 'fileDeleteResponse');
		expect(answer).toMatchObject({ commandId });
		expect(answer.failure).toBeUndefined();
		expect([folder.files.size, peer.items().length]).toEqual([0, 0]);
		await clock.until(() => edge.catalog().size === 0);
	});

	it('says when the platform does not let it', async () => {
		const { ask, catalogId, folder, peer } = await shared();
		await peer.updateSettings({ allowDelete: true });
		folder.setReadOnly(true);
		const { failure } = await ask(request(catalogId), 'fileDeleteResponse');
		expect(failure?.code).toBe(ErrorCode.PERMISSION_DENIED);
		expect(peer.items()).toHaveLength(1);
	});
});

describe('file hash request', () => {
	const request = (catalogId: CatalogId) =>
		({ case: 'fileHashRequest', value: { commandId, catalogId } }) as const;
	const notInTheBackground = { initialSettings: { isHashingPaused: true } };

	it('hashes the file and announces its media id', async () => {
		const { ask, catalogId, peer, edge, clock } = await shared(notInTheBackground);
		const { mediaId } = await ask(request(catalogId), 'fileHashResponse');
		expect(mediaId).toEqual(new Uint8Array(32).fill(7));
		expect(peer.items()[0]?.mediaId).toBe('07'.repeat(32));
		await clock.until(() => [...edge.catalog().values()][0]?.mediaId !== undefined);
	});

	it.each([
		['not-found', ErrorCode.NOT_FOUND, 'private'],
		['corrupt', ErrorCode.CORRUPT, 'changed'],
	] as const)('answers %s', async (_name, code, cause) => {
		const { ask, catalogId, folder, peer, folderId } = await shared(notInTheBackground);
		if (cause === 'private') await peer.setFolderSharing(folderId, 'private');
		else folder.write('Alien.mkv', 'another cut');
		const { failure } = await ask(request(catalogId), 'fileHashResponse');
		expect(failure?.code).toBe(code);
	});

	it('answers a malformed id', async () => {
		const { ask } = await shared();
		const { failure } = await ask(request('../etc' as CatalogId), 'fileHashResponse');
		expect(failure?.code).toBe(ErrorCode.INVALID_ARGUMENT);
	});

	it('keeps the text of its own defects at home', async () => {
		const { ask, catalogId } = await shared({
			hasher: { ...fakeHasher, hash: () => Promise.reject(new Error('/home/ripley/secret')) },
		});
		const { failure } = await ask(request(catalogId), 'fileHashResponse');
		expect(failure).toMatchObject({ code: ErrorCode.INTERNAL, message: 'internal error' });
	});
});

describe('file remap request', () => {
	it('takes the new id and keeps the old one as an alias', async () => {
		const { ask, catalogId, peer, transfers, edge, clock } = await shared();
		const newCatalogId = 'n'.repeat(26) as CatalogId;
		const answer = await ask(
			{
				case: 'fileRemapRequest',
				value: { commandId, oldCatalogId: catalogId, newCatalogId },
			},
			'fileRemapResponse',
		);
		expect(answer.failure).toBeUndefined();
		const expected = { catalogId: newCatalogId, aliasCatalogIds: [catalogId] };
		expect(peer.items()[0]).toMatchObject(expected);
		for (const id of [catalogId, newCatalogId]) {
			const offered = await transfers[0]!.options.offeredFiles.open(id);
			expect(offered.fileName).toBe('Alien.mkv');
		}
		// The edge assigns the first id again; that changes nothing.
		edge.forget();
		edge.drop();
		await clock.until(() => edge.catalog().size === 1);
		await clock.advance(1_000);
		expect(peer.items()[0]).toMatchObject(expected);
	});
});

describe('a remapped film', () => {
	async function remapped() {
		const world = await shared();
		const newCatalogId = 'n'.repeat(26) as CatalogId;
		const remap = (to: CatalogId) =>
			world.ask(
				{
					case: 'fileRemapRequest',
					value: { commandId, oldCatalogId: world.catalogId, newCatalogId: to },
				},
				'fileRemapResponse',
			);
		await remap(newCatalogId);
		return { ...world, newCatalogId, remap };
	}

	it('is told again without harm', async () => {
		const { peer, remap, newCatalogId, catalogId } = await remapped();
		expect((await remap(newCatalogId)).failure).toBeUndefined();
		const expected = { catalogId: newCatalogId, aliasCatalogIds: [catalogId] };
		expect(peer.items()[0]).toMatchObject(expected);
	});

	it('answers to its own id alone once it was taken out of the entry', async () => {
		const { peer, remap, newCatalogId, catalogId, transfers } = await remapped();
		await remap(catalogId);
		expect(peer.items()[0]?.catalogId).toBe(catalogId);
		expect(peer.items()[0]?.aliasCatalogIds).toBeUndefined();
		const { offeredFiles } = transfers[0]!.options;
		await expect(offeredFiles.open(newCatalogId)).rejects.toMatchObject({ code: 'not-found' });
		expect((await offeredFiles.open(catalogId)).fileName).toBe('Alien.mkv');
	});

	it('leaves the entry when the file changes', async () => {
		const { peer, folder, newCatalogId, catalogId, transfers, clock } = await remapped();
		folder.write('Alien.mkv', 'another cut');
		await peer.rescan();
		await clock.until(() => peer.items()[0]?.catalogId === catalogId);
		const { offeredFiles } = transfers[0]!.options;
		await expect(offeredFiles.open(newCatalogId)).rejects.toMatchObject({ code: 'not-found' });
	});
});

describe('screenshot capture request', () => {
	it('takes the wanted pictures, or one at a tenth', async () => {
		const { ask, catalogId } = await shared();
		const request = (atMs: bigint[]) =>
			({ case: 'screenshotCaptureRequest', value: { commandId, catalogId, atMs } }) as const;
		const wanted = await ask(request([1_000n, 2_000n]), 'screenshotCaptureResponse');
		expect(wanted.screenshots.map(({ atMs }) => atMs)).toEqual([1_000n, 2_000n]);
		const one = await ask(request([]), 'screenshotCaptureResponse');
		expect(one.screenshots.map(({ atMs }) => atMs)).toEqual([6_000n]);
		const tooMany = await ask(
			request(Array.from({ length: 17 }, () => 0n)),
			'screenshotCaptureResponse',
		);
		expect(tooMany.failure?.code).toBe(ErrorCode.INVALID_ARGUMENT);
	});

	it('passes on what the grabber cannot do', async () => {
		const grab = () => Promise.reject(new GiggityflixError('unsupported', 'no decoder'));
		const fixture = createPeerFixture({ frameGrabber: { grab } });
		const peer = createPeer(fixture.deps);
		running.push(peer);
		await peer.start();
		await peer.addFolder(createMemoryFolder('Films', { 'Alien.mkv': 'alien' }));
		await fixture.clock.until(() => peer.items()[0]?.poster.kind === 'failed');
		expect(peer.items()[0]?.poster).toEqual({ kind: 'failed', reason: 'unsupported' });
		fixture.edge.say({
			case: 'screenshotCaptureRequest',
			value: { commandId, catalogId: peer.items()[0]!.catalogId! },
		});
		const failures = () =>
			fixture.edge.heard.flatMap(({ body }) =>
				body.case === 'screenshotCaptureResponse' ? [body.value.failure?.code] : [],
			);
		await fixture.clock.until(() => failures().length > 0);
		expect(failures()).toEqual([ErrorCode.UNSUPPORTED]);
	});
});

describe('subscription matched', () => {
	it('reaches the page', async () => {
		const { peer, edge, clock, catalogId } = await shared();
		const events: unknown[] = [];
		peer.onCatalogEvent((event) => events.push(event));
		const value = { subscriptionId: 's', catalogId, title: 'Alien' };
		edge.say({ case: 'subscriptionMatched', value });
		await clock.until(() => events.length > 0);
		expect(events).toEqual([{ kind: 'subscription-matched', ...value }]);
	});
});
