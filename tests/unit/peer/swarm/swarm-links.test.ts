// Members of a swarm linked with each other: two whole transfers over links in memory, with an edge between them.
import { beforeEach, expect, test } from 'vitest';
import { hexToBytes } from '@noble/hashes/utils.js';
import type { SwarmLink } from '../../../../peer/swarm/swarm.ts';
import type { InfoHash } from '../../../../peer/torrent/info-hash.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../../support/transfer/memory-links.ts';
import { createSleepingClock, settle } from '../../../support/transfer/sleeping-clock.ts';
import {
	createTestEdge,
	createTestPeer,
	type TestEdge,
	type TestPeer,
} from '../../../support/transfer/transfer-pair.ts';

const film = 'ab'.repeat(20) as InfoHash;

interface TestMember extends TestPeer {
	readonly links: SwarmLink[];
	/** Everything heard on links, as text. */
	readonly heard: string[];
	enter(isComplete?: boolean): () => void;
}

let network: MemoryNetwork;
let edge: TestEdge;
let clock: ReturnType<typeof createSleepingClock>;
let [ada, bob]: TestMember[] = [];
beforeEach(() => {
	clock = createSleepingClock();
	network = createMemoryNetwork();
	edge = createTestEdge();
	[ada, bob] = [createMember(), createMember()];
});

function createMember(): TestMember {
	const peer = createTestPeer({ edge, links: network.links, clock });
	const links: SwarmLink[] = [];
	const heard: string[] = [];
	const enter = (isComplete = false) =>
		peer.transfers.swarms.enter({ infoHash: film, isComplete }, (link) => {
			links.push(link);
			link.listen({
				onMessage: (bytes) => heard.push(new TextDecoder().decode(bytes)),
				onBufferLow: () => undefined,
				onClose: () => heard.push('closed'),
			});
		});
	return { ...peer, links, heard, enter };
}

const textOf = (text: string) => new TextEncoder().encode(text);

test('a newcomer offers a link to those it is told of, and both speak', async () => {
	ada!.enter(true);
	bob!.enter();
	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	expect(edge.delivered[0]).toMatchObject({ step: { case: 'offer' }, fromPeerId: bob!.peerId });
	expect(edge.delivered[0]?.infoHash).toEqual(hexToBytes(film));
	expect(edge.delivered.slice(1).every(({ infoHash }) => infoHash.length === 0)).toBe(true);
	expect([ada!.links[0]?.remotePeerId, bob!.links[0]?.remotePeerId]).toEqual([
		bob!.peerId,
		ada!.peerId,
	]);
	bob!.links[0]?.send(textOf('hello'));
	ada!.links[0]?.send(textOf('here'));
	await settle();
	expect([ada!.heard, bob!.heard]).toEqual([['hello'], ['here']]);
});

test('two members have one link, however often they are introduced, until it closes', async () => {
	ada!.enter();
	bob!.enter();
	const introduce = async () => {
		bob!.transfers.swarms.introduced(film, [ada!.peerId, ada!.peerId]);
		await settle();
	};
	await introduce();
	await introduce();
	expect(bob!.links).toHaveLength(1);
	ada!.links[0]?.close();
	await settle();
	expect([ada!.heard, bob!.heard]).toEqual([['closed'], ['closed']]);
	await introduce();
	expect(bob!.links).toHaveLength(2);
});

test('an offer for a swarm we are not in is refused, and a direct link is no swarm link', async () => {
	bob!.enter();
	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	expect(ada!.log.map(({ fields }) => fields['code'])).toEqual(['not-found']);
	expect([ada!.links, bob!.links]).toEqual([[], []]);
	ada!.enter();
	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	expect(bob!.links).toHaveLength(1);
});

test('what is not entered is not introduced, and memberships are told as they are', async () => {
	const told: unknown[] = [];
	const { swarms } = ada!.transfers;
	swarms.onMembershipChange(() => told.push(swarms.memberships()));
	const leave = ada!.enter(true);
	leave();
	leave();
	expect(told).toEqual([[{ infoHash: film, isComplete: true }], []]);
	swarms.introduced(film, [bob!.peerId]);
	await settle();
	expect(edge.delivered).toEqual([]);
});

test('messages that come before anybody listens are kept, a flood of them ends the link', async () => {
	const early: SwarmLink[] = [];
	const remote = bob!;
	ada!.transfers.swarms.enter({ infoHash: film, isComplete: true }, (link) => early.push(link));
	remote.enter();
	async function say(count: number): Promise<void> {
		for (let number = 0; number < count; number += 1) {
			remote.links.at(-1)?.send(textOf(String(number)));
			await settle();
		}
	}
	remote.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	await say(64);
	const heard: string[] = [];
	early[0]?.listen({
		onMessage: (bytes) => heard.push(new TextDecoder().decode(bytes)),
		onBufferLow: () => undefined,
		onClose: () => undefined,
	});
	expect(heard).toEqual(Array.from({ length: 64 }, (_, number) => String(number)));

	early[0]?.close();
	await settle();
	remote.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	expect(remote.heard).toEqual(['closed']);
	await say(65);
	expect(remote.heard).toEqual(['closed', 'closed']);
});

test('a link that broke off is offered again by whoever offered it, unless it was closed there', async () => {
	ada!.enter(true);
	const leave = bob!.enter();
	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	ada!.links[0]?.close();
	await clock.advance(2_000);
	expect([ada!.links.length, bob!.links.length]).toEqual([2, 2]);

	bob!.links[1]?.close();
	await clock.advance(60_000);
	expect(bob!.links).toHaveLength(2);

	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await settle();
	ada!.links[2]?.close();
	leave();
	await clock.advance(60_000);
	expect(bob!.links).toHaveLength(3);
});

test('a member that cannot be reached is tried three times more, one that is gone is not', async () => {
	const offers = () => edge.delivered.filter(({ step }) => step.case === 'offer').length;
	bob!.enter();
	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await clock.advance(60_000);
	expect(offers()).toBe(1);

	ada!.enter();
	network.hasRoute = false;
	bob!.transfers.swarms.introduced(film, [ada!.peerId]);
	await clock.advance(300_000);
	expect(offers()).toBe(1 + 4);
	expect(bob!.links).toEqual([]);
});
