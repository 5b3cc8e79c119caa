import { describe, expect, it, vi } from 'vitest';
import type { CatalogId } from '../../../../proto/ids.ts';
import type { CatalogEvent } from '../../../../peer/peer.ts';
import { settle } from '../../../support/peer/fake-clock.ts';
import { createMemoryFolder } from '../../../support/peer/memory-folder.ts';
import { openTabs } from '../../../support/peer/open-tabs.ts';

const films = () => createMemoryFolder('Films', { 'Alien.mkv': 'alien', 'Brazil.mkv': 'brazil' });

describe('createTabPeer', () => {
	it('has one tab lead and the others show the same', async () => {
		const { first, second, clock, edge } = await openTabs(2);
		await first.addFolder(films());
		await clock.until(
			() => second.items().length === 2 && second.items().every((i) => i.catalogId),
		);
		await clock.advance(1_000);

		expect(first.snapshot().role).toBe('leading');
		expect(second.snapshot().role).toBe('following');
		expect(second.items()).toEqual(first.items());
		expect(second.snapshot()).toEqual({ ...first.snapshot(), role: 'following' });
		expect(second.sessionCredentials()).toEqual(first.sessionCredentials());
		expect(edge.connectCount).toBe(1);
	});

	it('shows items that change and go to tabs that joined before', async () => {
		const { first, second, clock } = await openTabs(2);
		await first.addFolder(films());
		await clock.until(() => second.items().length === 2);
		const [alien] = second.items();
		await first.removeItem(alien!.offerId);
		await clock.until(() => second.items().length === 1);
		expect(second.items()[0]?.title).toBe('Brazil');
	});

	it('adds a folder picked in a tab that follows', async () => {
		const { first, second, clock } = await openTabs(2);
		const folderId = await second.addFolder(films(), 'link-only');
		await clock.until(() => first.items().length === 2);
		expect(first.snapshot().folders).toMatchObject([{ folderId, sharing: 'link-only' }]);
	});

	it('does not add a folder twice, whichever tab picks it', async () => {
		const { first, second } = await openTabs(2);
		const folder = films();
		const folderId = await first.addFolder(folder);
		await expect(second.addFolder(folder)).resolves.toBe(folderId);
		expect(first.snapshot().folders).toHaveLength(1);
	});

	it('passes errors of verbs back with their codes', async () => {
		const { second } = await openTabs(2);
		await expect(second.restorePhrase('not a phrase')).rejects.toMatchObject({
			name: 'GiggityflixError',
			code: 'invalid-argument',
		});
		await expect(second.updateSettings({ maxUploadKbps: -1 })).rejects.toMatchObject({
			code: 'invalid-argument',
		});
	});

	it('takes over when the leading tab closes, and keeps listeners', async () => {
		const { first, second, third, clock, close, edge } = await openTabs(3);
		await first.addFolder(films());
		await clock.until(() => third.items().length === 2 && edge.catalog().size === 2);
		const changes = vi.fn();
		second.subscribe(changes);
		await close(first);
		await clock.until(() => second.snapshot().edge.kind === 'online');
		await clock.until(() => third.snapshot().edge.kind === 'online');

		expect(second.snapshot().role).toBe('leading');
		expect(third.snapshot().role).toBe('following');
		expect(changes).toHaveBeenCalled();
		expect(second.items()).toHaveLength(2);
		expect(third.snapshot().identity).toEqual(second.snapshot().identity);
		expect(edge.connectCount).toBe(2);

		changes.mockClear();
		await third.updateSettings({ displayName: 'Ripley' });
		await clock.until(() => second.snapshot().settings.displayName === 'Ripley');
		await clock.advance(200);
		expect(changes).toHaveBeenCalled();
	});

	it('announces nothing anew after a take-over when nothing has changed', async () => {
		const { first, second, clock, close, edge } = await openTabs(2);
		await first.addFolder(films());
		await clock.until(() => first.items().every((item) => item.storedPosterId !== undefined));
		await clock.until(() => first.items().length === 2 && edge.catalog().size === 2);
		await clock.advance(5_000);
		edge.heard.length = 0;
		await close(first);
		await clock.until(() => second.snapshot().edge.kind === 'online');
		await clock.advance(5_000);
		const said = new Set(edge.heard.map(({ body }) => body.case));
		expect(said).toEqual(new Set(['hello', 'catalogInterest']));
	});

	it('carries out a call that the closing leader has not answered', async () => {
		const { first, second, close, clock } = await openTabs(2);
		await first.addFolder(films());
		await clock.until(() => second.items().length === 2);
		const closing = close(first);
		const saved = second.updateSettings({ displayName: 'Dallas' });
		await closing;
		await clock.advance(1_000);
		await saved;
		expect(second.snapshot()).toMatchObject({
			role: 'leading',
			settings: { displayName: 'Dallas' },
		});
	});

	it('plays own films from the disk in every tab', async () => {
		const { first, second, clock } = await openTabs(2);
		await first.addFolder(films());
		await clock.until(
			() => second.items().length === 2 && second.items().every((i) => i.catalogId),
		);
		const item = second.items().find(({ title }) => title === 'Brazil');
		const source = second.openSource({ catalogId: item!.catalogId!, ownerPeerIds: [] });
		const signal = new AbortController().signal;
		await expect(source.open(signal)).resolves.toMatchObject({ fileName: 'Brazil.mkv' });
		const chunks: Uint8Array[] = [];
		for await (const chunk of source.read({ offsetBytes: 1, lengthBytes: 3 }, signal)) {
			chunks.push(chunk);
		}
		expect(Buffer.concat(chunks).toString()).toBe('raz');
		expect(source.connection()).toEqual({ kind: 'local' });
	});

	it('tells the edge what all tabs together are looking at', async () => {
		const { first, second, clock, edge, close } = await openTabs(2);
		const one = 'a'.repeat(26) as CatalogId;
		const other = 'b'.repeat(26) as CatalogId;
		await clock.until(() => first.snapshot().edge.kind === 'online');
		first.setInterest({ wholeCatalog: false, catalogIds: [one] });
		second.setInterest({ wholeCatalog: true, catalogIds: [other] });
		await clock.advance(100);
		const interests = () =>
			edge.heard.flatMap(({ body }) => (body.case === 'catalogInterest' ? [body.value] : []));
		expect(interests().at(-1)).toMatchObject({ wholeCatalog: true, catalogIds: [one, other] });

		const events: CatalogEvent[] = [];
		second.onCatalogEvent((event) => events.push(event));
		edge.say({
			case: 'availabilityChanged',
			value: { changes: [{ catalogId: other, availablePeers: 2 }] },
		});
		await settle();
		await settle();
		expect(events).toEqual([
			{
				kind: 'changed',
				changes: [{ catalogId: other, availablePeers: 2, removed: false }],
				truncated: false,
			},
		]);
		await close(second);
		expect(interests().at(-1)).toMatchObject({ wholeCatalog: false, catalogIds: [one] });
	});

	it('ignores tabs of another version and strangers on the channel', async () => {
		const { first, second, browser, clock } = await openTabs(2);
		const stranger = browser.channel();
		for (const message of [null, 'text', {}, { tabProtocol: 99, type: 'leading' }]) {
			stranger.post(message);
		}
		await settle();
		await first.addFolder(films());
		await clock.until(() => second.items().length === 2);
	});
});
