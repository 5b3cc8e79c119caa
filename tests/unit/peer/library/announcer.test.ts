import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomId, type OfferId } from '../../../../proto/ids.ts';
import { createPeer, type LeadingPeer } from '../../../../peer/create-peer.ts';
import type { LibraryItem } from '../../../../peer/library/library-item.ts';
import { createMemoryFolder, type MemoryFolder } from '../../../support/peer/memory-folder.ts';
import { createModelEdge, type ModelEdge } from '../../../support/peer/model-edge.ts';
import { createPeerFixture, type PeerFixture } from '../../../support/peer/peer-fixture.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';

/** What the edge must have of a library: what is shared, readable and there. */
function expectedTitles(peer: LeadingPeer): string[] {
	const folders = new Map(peer.snapshot().folders.map((folder) => [folder.folderId, folder]));
	return peer
		.items()
		.filter((item: LibraryItem) => {
			const folder = folders.get(item.folderId);
			const sharing = item.sharing ?? folder?.sharing;
			return (
				item.presence.kind === 'present' && folder?.access === 'granted' && sharing !== 'private'
			);
		})
		.map(({ title }) => title)
		.sort();
}

function announcedTitles(edge: ModelEdge): string[] {
	return [...edge.catalog().values()].map(({ title }) => title).sort();
}

function announcements(edge: ModelEdge): string[] {
	return edge.heard.flatMap(({ body }) =>
		body.case === 'catalogSnapshot' || body.case === 'catalogDelta' ? [body.case] : [],
	);
}

function announcedNumbers(edge: ModelEdge): number[] {
	return edge.heard.flatMap(({ body }) =>
		body.case === 'catalogSnapshot' || body.case === 'catalogDelta'
			? [Number(body.value.sequence)]
			: [],
	);
}

function folderOf(count: number): MemoryFolder {
	const folder = createMemoryFolder('Films');
	for (let index = 0; index < count; index += 1) folder.write(`Film ${String(index)}.mkv`, 'film');
	return folder;
}

async function startPeer(folder: MemoryFolder, fixture: PeerFixture) {
	const peer = createPeer(fixture.deps);
	await peer.start();
	const folderId = await peer.addFolder(folder);
	await fixture.clock.until(() => fixture.edge.catalog().size === folder.files.size);
	// Until all is probed, pictured and said.
	await fixture.clock.until(() => peer.snapshot().probing.total === 0);
	await fixture.clock.advance(2_000);
	return { peer, folderId };
}

describe('announcing', () => {
	it('sends a snapshot in pages, then deltas without a gap', async () => {
		const fixture = createPeerFixture({ edge: createModelEdge({ maxOffersPerPage: 4 }) });
		const folder = folderOf(10);
		const { peer, folderId } = await startPeer(folder, fixture);
		const pages = fixture.edge.heard.flatMap(({ body }) =>
			body.case === 'catalogSnapshot' ? [body.value] : [],
		);
		expect(pages.map(({ page, last, offers }) => [page, last, offers.length])).toEqual([
			[0, false, 4],
			[1, false, 4],
			[2, true, 2],
		]);
		fixture.edge.heard.length = 0;
		folder.write('New.mkv', 'new');
		folder.files.delete('Film 0.mkv');
		await peer.rescan(folderId);
		await fixture.clock.advance(2_000);
		expect(new Set(announcements(fixture.edge))).toEqual(new Set(['catalogDelta']));
		expect(announcedTitles(fixture.edge)).toEqual(expectedTitles(peer));
		expect(announcedTitles(fixture.edge)).toContain('New');
		await peer.stop();
	});

	it('sends at most four announcements a second', async () => {
		const fixture = createPeerFixture();
		const peer = createPeer(fixture.deps);
		await peer.start();
		await peer.addFolder(folderOf(200));
		await fixture.clock.until(() => peer.items().length === 200);
		fixture.edge.heard.length = 0;
		await fixture.clock.advance(1_000);
		expect(announcements(fixture.edge).length).toBeGreaterThan(0);
		expect(announcements(fixture.edge).length).toBeLessThanOrEqual(5);
		await peer.stop();
	});

	it('says nothing after a reconnect or a reload when nothing has changed', async () => {
		const fixture = createPeerFixture();
		const { peer } = await startPeer(folderOf(3), fixture);
		fixture.edge.heard.length = 0;
		fixture.edge.drop();
		await fixture.clock.advance(5_000);
		await peer.stop();
		const reloaded = createPeer(fixture.deps);
		await reloaded.start();
		await fixture.clock.advance(5_000);
		expect(fixture.edge.connectCount).toBe(3);
		expect(announcements(fixture.edge)).toEqual([]);
		expect(fixture.edge.heard.filter(({ body }) => body.case === 'poster')).toEqual([]);
		await reloaded.stop();
	});

	it('announces what changed while it was away, also after a reload', async () => {
		const fixture = createPeerFixture();
		const folder = folderOf(3);
		const { peer } = await startPeer(folder, fixture);
		await peer.stop();
		folder.write('Meanwhile.mkv', 'new');
		const reloaded = createPeer(fixture.deps);
		await reloaded.start();
		await fixture.clock.until(() => announcedTitles(fixture.edge).includes('Meanwhile'));
		expect(announcedTitles(fixture.edge)).toEqual(expectedTitles(reloaded));
		await reloaded.stop();
	});

	it('brings catalog and posters again to an edge that forgot them', async () => {
		const fixture = createPeerFixture();
		const { peer } = await startPeer(folderOf(3), fixture);
		const ids = peer.items().map(({ catalogId }) => catalogId);
		fixture.edge.forget();
		fixture.edge.drop();
		await fixture.clock.until(() => fixture.edge.posters.size === 3);
		expect(announcedTitles(fixture.edge)).toEqual(expectedTitles(peer));
		expect(peer.items().map(({ catalogId }) => catalogId)).toEqual(ids);
		await peer.stop();
	});

	it('says no number again that was not answered, for it may still arrive', async () => {
		const fixture = createPeerFixture();
		const folder = folderOf(2);
		const { peer, folderId } = await startPeer(folder, fixture);
		fixture.edge.heard.length = 0;
		fixture.edge.setLoss((what) => what === 'message');
		folder.write('Said and not heard.mkv', 'new');
		await peer.rescan(folderId);
		await fixture.clock.advance(1_000);
		const lost = announcedNumbers(fixture.edge);
		expect(announcements(fixture.edge)).toEqual(['catalogDelta']);
		await peer.stop();
		fixture.edge.heard.length = 0;
		fixture.edge.setLoss(undefined);
		folder.files.delete('Said and not heard.mkv');
		const reloaded = createPeer(fixture.deps);
		await reloaded.start();
		await reloaded.rescan(folderId);
		await fixture.clock.until(() => announcements(fixture.edge).length > 0);
		expect(announcements(fixture.edge)[0]).toBe('catalogSnapshot');
		expect(Math.min(...announcedNumbers(fixture.edge))).toBeGreaterThan(Math.max(...lost));
		await reloaded.stop();
	});

	it('takes back what was said and not answered, also when nothing is left to say', async () => {
		const fixture = createPeerFixture();
		const { edge, clock } = fixture;
		edge.setLoss((what) => what === 'message');
		const peer = createPeer(fixture.deps);
		await peer.start();
		const folderId = await peer.addFolder(folderOf(1));
		await clock.until(() => announcements(edge).length > 0);
		const lost = announcedNumbers(edge);
		await peer.setFolderSharing(folderId, 'private');
		edge.heard.length = 0;
		edge.setLoss(undefined);
		edge.drop();
		await clock.until(() => announcements(edge).length > 0);
		await clock.advance(5_000);
		expect(announcements(edge)).toEqual(['catalogSnapshot']);
		expect(announcedNumbers(edge)[0]).toBeGreaterThan(Math.max(...lost));
		expect(announcedTitles(edge)).toEqual([]);
		await peer.stop();
	});

	it('never announces private films and withdraws what may or can be read no more', async () => {
		const fixture = createPeerFixture();
		const folder = folderOf(3);
		const { peer, folderId } = await startPeer(folder, fixture);
		const [item] = peer.items();
		await peer.setFolderSharing(folderId, 'private');
		await fixture.clock.advance(1_000);
		expect(fixture.edge.catalog().size).toBe(0);
		await peer.setItemSharing(item!.offerId, 'link-only');
		await fixture.clock.advance(1_000);
		expect(announcedTitles(fixture.edge)).toEqual([item?.title]);
		await peer.setItemSharing(item!.offerId, undefined);
		await peer.setFolderSharing(folderId, 'public');
		await fixture.clock.advance(1_000);
		expect(fixture.edge.catalog().size).toBe(3);
		folder.setAccess('needs-permission');
		await peer.rescan();
		await fixture.clock.advance(1_000);
		expect(fixture.edge.catalog().size).toBe(0);
		expect(peer.items()).toHaveLength(3);
		folder.setAccess('granted');
		await peer.reconnectFolder(folderId);
		await fixture.clock.advance(1_000);
		expect(announcedTitles(fixture.edge)).toEqual(expectedTitles(peer));
		expect(peer.items()[0]?.catalogId).toBe(item?.catalogId);
		await peer.stop();
	});

	it('does not flood an edge that keeps asking for snapshots', async () => {
		const fixture = createPeerFixture();
		const { peer } = await startPeer(folderOf(1), fixture);
		fixture.edge.setLoss((what) => what === 'answer');
		fixture.edge.heard.length = 0;
		for (let second = 0; second < 60; second += 1) {
			fixture.edge.say({ case: 'snapshotRequest', value: { lastSequence: 50n } });
			await fixture.clock.advance(1_000);
		}
		expect(announcements(fixture.edge).length).toBeLessThan(15);
		await peer.stop();
	});

	it('ends with the edge knowing the library, whatever is lost on the way', async () => {
		type Step = 'write' | 'delete' | 'move' | 'drop' | 'forget' | 'hide' | 'lossy' | 'reload';
		const steps = fc.array(
			fc.constantFrom<Step>('write', 'delete', 'move', 'drop', 'forget', 'hide', 'lossy', 'reload'),
			{ minLength: 1, maxLength: 12 },
		);
		await fc.assert(
			fc.asyncProperty(steps, fc.integer(), async (plan, seed) => {
				const fixture = createPeerFixture({ edge: createModelEdge({ maxOffersPerPage: 2 }) });
				const { clock, edge } = fixture;
				const chance = createSeededRandom(seed);
				const draw = () => {
					const byte = new Uint8Array(1);
					chance(byte);
					return byte[0] ?? 0;
				};
				const folder = folderOf(4);
				const started = await startPeer(folder, fixture);
				const { folderId } = started;
				let { peer } = started;
				for (const step of plan) {
					const paths = [...folder.files.keys()];
					const path = paths[draw() % Math.max(1, paths.length)];
					if (step === 'write') folder.write(`New ${String(draw())}.mkv`, 'n');
					if (step === 'delete' && path) folder.files.delete(path);
					if (step === 'move' && path) folder.move(path, `Moved ${randomId<OfferId>(chance)}.mkv`);
					if (step === 'drop') edge.drop();
					if (step === 'forget') edge.forget();
					if (step === 'lossy') edge.setLoss(() => draw() < 64);
					if (step === 'hide') {
						await peer.setFolderSharing(folderId, draw() < 128 ? 'private' : 'public');
					}
					if (step === 'reload') {
						await peer.stop();
						peer = createPeer(fixture.deps);
						await peer.start();
					}
					void peer.rescan();
					await clock.advance(draw() * 4);
				}
				edge.setLoss(undefined);
				// An edge that forgot in silence is found out at the next admission.
				edge.drop();
				await peer.rescan();
				await clock.advance(200_000);
				expect(announcedTitles(edge)).toEqual(expectedTitles(peer));
				await peer.stop();
			}),
			{ numRuns: 25 },
		);
	}, 60_000);
});
