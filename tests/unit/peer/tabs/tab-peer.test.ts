import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CatalogId } from '../../../../proto/ids.ts';
import { hexToBytes } from '@noble/hashes/utils.js';
import {
	IceCandidateSchema,
	PeerWebRTCMessageSchema,
	SignedDescriptionSchema,
	type PeerMessage,
	type WebRtcSignal,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { InfoHash } from '../../../../peer/torrent/info-hash.ts';
import type { CatalogEvent } from '../../../../peer/peer.ts';
import { createTabPeer, type TabPeer } from '../../../../peer/tabs/tab-peer.ts';
import { createMemoryFolder } from '../../../support/peer/memory-folder.ts';
import { createPeerFixture } from '../../../support/peer/peer-fixture.ts';
import { createTabBrowser } from '../../../support/peer/tab-browser.ts';
import { settle } from '../../../support/peer/fake-clock.ts';

const opened: TabPeer[] = [];

afterEach(async () => {
	for (const tab of opened.splice(0)) await tab.stop();
});

/** A browser with as many tabs as wanted; the first one leads. */
async function openTabs(count: number) {
	const fixture = createPeerFixture();
	const browser = createTabBrowser();
	async function open(): Promise<TabPeer> {
		const tab = createTabPeer({
			...fixture.deps,
			lock: browser.lock,
			channel: browser.channel(),
		});
		opened.push(tab);
		await tab.start();
		return tab;
	}
	const tabs: TabPeer[] = [];
	for (let index = 0; index < count; index += 1) tabs.push(await open());
	const [first, second, third] = tabs as [TabPeer, TabPeer, TabPeer];
	const close = async (tab: TabPeer) => {
		opened.splice(opened.indexOf(tab), 1);
		await tab.stop();
		await settle();
	};
	return { ...fixture, browser, open, close, first, second, third };
}

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

	it('signals for a tab that follows, and keeps its films through a take-over', async () => {
		const { first, second, transfers, clock, close, edge } = await openTabs(2);
		await clock.until(() => second.snapshot().edge.kind === 'online');
		const ofSecond = transfers[1]!;
		const source = second.openSource({
			catalogId: 'a'.repeat(26) as CatalogId,
			ownerPeerIds: [],
		});
		expect(ofSecond.remoteTargets).toHaveLength(1);
		expect(ofSecond.options.signalling.iceServers()[0]?.urls).toEqual(['stun:stun.example']);
		await settle();
		expect(ofSecond.options.signalling.identity()?.peerId).toBe(first.snapshot().identity?.peerId);

		const step = create(PeerWebRTCMessageSchema, {
			webrtcSessionId: 'b'.repeat(26),
			toPeerId: 'friend',
			step: { case: 'candidate', value: { candidate: 'c', sdpMid: '0' } },
		});
		await ofSecond.options.signalling.send(step);
		expect(edge.signals.map(({ webrtcSessionId }) => webrtcSessionId)).toEqual(['b'.repeat(26)]);
		const answer = { fromPeerId: 'friend', step: step.step };
		edge.say({ case: 'webrtcSignal', value: { webrtcSessionId: 'b'.repeat(26), ...answer } });
		edge.say({ case: 'webrtcSignal', value: { webrtcSessionId: 'd'.repeat(26), ...answer } });
		await settle();
		await settle();
		expect(ofSecond.handled).toEqual(['b'.repeat(26)]);
		expect(transfers[0]?.handled).toEqual(['d'.repeat(26)]);

		await close(first);
		await clock.until(() => second.snapshot().role === 'leading');
		await clock.until(() => second.snapshot().edge.kind === 'online');
		expect(ofSecond.isStopped()).toBe(false);
		expect(transfers).toHaveLength(2);
		await expect(ofSecond.options.signalling.send(step)).resolves.toBeUndefined();
		expect(edge.signals).toHaveLength(2);
		source.close();
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

	describe('in swarms', () => {
		const film = 'ab'.repeat(20) as InfoHash;
		const stranger = 'gfs'.padEnd(34, 's');
		const membershipsHeard = ({ heard }: { heard: readonly PeerMessage[] }) =>
			heard.flatMap(({ body }) =>
				body.case === 'swarmMembership'
					? [body.value.swarms.map(({ isComplete }) => isComplete)]
					: [],
			);

		it('tells the edge of the swarms of all tabs as one', async () => {
			const { first, second, clock, edge, close } = await openTabs(2);
			await clock.until(() => first.snapshot().edge.kind === 'online');
			const leave = first.enterSwarm({ infoHash: film, isComplete: true }, () => undefined);
			await clock.until(() => membershipsHeard(edge).length === 1);
			second.enterSwarm({ infoHash: film, isComplete: false }, () => undefined);
			await clock.until(() => membershipsHeard(edge).length === 2);
			leave();
			await clock.until(() => membershipsHeard(edge).length === 3);
			await close(second);
			await clock.until(() => membershipsHeard(edge).length === 4);
			expect(membershipsHeard(edge)).toEqual([[true], [false], [false], []]);
			edge.drop();
			await clock.until(() => edge.connectCount === 2);
			await clock.advance(1_000);
			expect(membershipsHeard(edge)).toHaveLength(4);
		});

		it('gives an offer for a swarm to a tab that is in it, and what follows of it', async () => {
			const { first, second, clock, edge, transfers } = await openTabs(2);
			await clock.until(() => first.snapshot().edge.kind === 'online');
			const signal = (step: WebRtcSignal['step'], webrtcSessionId: string, infoHash = '') =>
				edge.say({
					case: 'webrtcSignal',
					value: {
						...{ webrtcSessionId, fromPeerId: stranger, step },
						infoHash: hexToBytes(infoHash),
					},
				});
			second.enterSwarm({ infoHash: film, isComplete: false }, () => undefined);
			await clock.until(() => membershipsHeard(edge).length === 1);
			const offer = { case: 'offer', value: create(SignedDescriptionSchema) } as const;
			const candidate = { case: 'candidate', value: create(IceCandidateSchema) } as const;
			signal(offer, 'q'.repeat(26), film);
			signal(candidate, 'q'.repeat(26));
			signal(offer, 'r'.repeat(26));
			await clock.until(() => transfers.flatMap(({ handled }) => handled).length === 3);
			expect(transfers.map(({ handled }) => handled)).toEqual([
				['r'.repeat(26)],
				['q'.repeat(26), 'q'.repeat(26)],
			]);
		});
	});
});
