import { beforeEach, describe, expect, it } from 'vitest';
import { announceLimits } from '../../../../edge-server/announce/announce-limits.ts';
import {
	createAnnounceTracker,
	type AnnounceConnection,
	type AnnounceTracker,
} from '../../../../edge-server/announce/announce-tracker.ts';
import { createMemorySwarms } from '../../../../edge-server/announce/memory-swarms.ts';
import type { Swarms } from '../../../../edge-server/announce/swarms.ts';
import { fromWireText, toWireText } from '../../../../edge-server/announce/wire-text.ts';
import { createSeededRandom } from '../../../../edge-server/announce/seeded-random.ts';
import { watcherPrefix } from '../../../../proto/swarm-client.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { binaryName } from '../../../support/swarm-names.ts';

const limits = {
	...announceLimits,
	maxSwarmsPerConnection: 3,
	maxScrapedSwarms: 2,
	messagesPerSecond: 10,
	messageBurst: 20,
	maxPeers: 6,
};

describe('the announce tracker', () => {
	let clock: ManualClock;
	let swarms: Swarms<AnnounceConnection>;
	let tracker: AnnounceTracker;
	let errors: unknown[];
	let wanted: number;

	beforeEach(() => {
		clock = createManualClock();
		errors = [];
		wanted = 0;
		const random = createSeededRandom(1);
		swarms = createMemorySwarms({ limits, random, monotonicMs: clock.monotonicMs });
		tracker = createAnnounceTracker({
			...{ swarms, limits, clock },
			onError: (e) => errors.push(e),
			onWanted: () => (wanted += 1),
		});
	});

	/** A client: what it was sent, decoded, since it was last asked. */
	function connect() {
		const received: unknown[] = [];
		const closes: { code: number; reason: string }[] = [];
		const receiver = tracker.open({
			send: (frame) => received.push(JSON.parse(fromWireText(frame))),
			close: (code, reason) => closes.push({ code, reason }),
		});
		return {
			closes,
			take: () => received.splice(0),
			say: (message: unknown) => receiver.receive(toWireText(JSON.stringify(message))),
			sayRaw: (text: string) => receiver.receive(toWireText(text)),
			leave: () => receiver.closed(),
		};
	}

	const announce = (peer: number, more: object = {}) => ({
		action: 'announce',
		info_hash: binaryName('torrent', 1),
		peer_id: binaryName('peer', peer),
		left: 10,
		...more,
	});
	const offers = (...numbers: number[]) => ({
		offers: numbers.map((number) => ({
			offer: { type: 'offer', sdp: `v=${number}\r\n` },
			offer_id: binaryName('offer', number),
		})),
	});
	const answer = (from: number, to: number, offer: number) => ({
		...announce(from),
		to_peer_id: binaryName('peer', to),
		offer_id: binaryName('offer', offer),
		answer: { type: 'answer', sdp: 'v=0\r\n' },
	});
	const reply = (complete: number, incomplete: number) => ({
		action: 'announce',
		info_hash: binaryName('torrent', 1),
		interval: 120,
		complete,
		incomplete,
	});

	it('replies with the counts, and gives each offer to one other member', () => {
		const [ann, ben, cem] = [connect(), connect(), connect()];
		ann.say(announce(1, { event: 'started', left: 0, ...offers(1, 2) }));
		expect(ann.take()).toEqual([reply(1, 0)]);
		ben.say(announce(2, offers(3)));
		expect(ben.take()).toEqual([reply(1, 1)]);
		expect(ann.take()).toMatchObject([{ peer_id: binaryName('peer', 2) }]);
		cem.say(announce(3, offers(4, 5, 6)));
		expect(cem.take()).toEqual([reply(1, 2)]);
		const given = [...ann.take(), ...ben.take()];
		expect(given).toHaveLength(2);
		expect(given).toMatchObject([
			{ action: 'announce', peer_id: binaryName('peer', 3), offer: { type: 'offer' } },
			{ action: 'announce', peer_id: binaryName('peer', 3), offer: { type: 'offer' } },
		]);
		expect(new Set(given.map((each) => (each as { offer_id: string }).offer_id)).size).toBe(2);
	});

	it('tells of strangers who lack something, and not of watchers, who are introduced to the owners', () => {
		connect().say(announce(1, { left: 0 }));
		connect().say({ ...announce(2), peer_id: binaryName(watcherPrefix, 2) });
		expect(wanted).toBe(0);
		connect().say(announce(3));
		expect(wanted).toBe(1);
	});

	it('brings an answer back to the peer that offered, with the name of the one that answers', () => {
		const [ann, ben, cem] = [connect(), connect(), connect()];
		for (const [index, client] of [ann, ben, cem].entries()) client.say(announce(index + 1));
		for (const client of [ann, ben, cem]) client.take();
		ben.say(answer(2, 1, 7));
		expect(ann.take()).toEqual([
			{
				action: 'announce',
				info_hash: binaryName('torrent', 1),
				peer_id: binaryName('peer', 2),
				offer_id: binaryName('offer', 7),
				answer: { type: 'answer', sdp: 'v=0\r\n' },
			},
		]);
		expect([...ben.take(), ...cem.take()]).toEqual([]);
	});

	it('lets nobody speak, leave or listen in the name of another connection', () => {
		const [ann, thief, ben] = [connect(), connect(), connect()];
		ann.say(announce(1));
		ben.say(announce(2));
		for (const client of [ann, ben]) client.take();
		thief.say(announce(1, { left: 0, ...offers(1) }));
		thief.say(announce(1, { event: 'completed' }));
		thief.say(answer(1, 2, 1));
		thief.say(answer(9, 2, 1));
		expect([...thief.take(), ...ann.take(), ...ben.take()]).toEqual([]);
		thief.say(announce(1, { event: 'stopped' }));
		expect(thief.take()).toEqual([reply(0, 2)]);
		thief.leave();
		ben.say(answer(2, 1, 1));
		expect(ann.take()).toHaveLength(1);
		expect(tracker.counts()).toMatchObject({ peers: 2 });
	});

	it('frees a peer id with the connection that had it', () => {
		const [old, fresh] = [connect(), connect()];
		old.say(announce(1));
		old.leave();
		fresh.say(announce(1));
		expect(fresh.take()).toEqual([reply(0, 1)]);
	});

	it('counts completed and stopped, and sends no offers on from them', () => {
		const [ann, ben] = [connect(), connect()];
		ann.say(announce(1));
		ben.say(announce(2));
		ann.take();
		ben.take();
		ben.say(announce(2, { event: 'completed', ...offers(1) }));
		expect(ben.take()).toEqual([reply(1, 1)]);
		ben.say(announce(2, { event: 'stopped', ...offers(1) }));
		expect(ben.take()).toEqual([reply(0, 1)]);
		expect(ann.take()).toEqual([]);
	});

	it('keeps peers of several names and torrents on one connection, and forgets all with it', () => {
		const [shared, other] = [connect(), connect()];
		shared.say(announce(1));
		shared.say(announce(2));
		shared.say(announce(1, { info_hash: binaryName('torrent', 2) }));
		other.say(announce(3));
		expect(tracker.counts()).toEqual({ connections: 2, swarms: 2, peers: 4, messages: 4 });
		shared.leave();
		expect(tracker.counts()).toEqual({ connections: 1, swarms: 1, peers: 1, messages: 4 });
	});

	it('lets one connection into so many swarms and no more, but for those it has left', () => {
		const client = connect();
		const at = (torrent: number, more: object = {}) =>
			announce(1, { info_hash: binaryName('torrent', torrent), ...more });
		for (const torrent of [1, 2, 3]) client.say(at(torrent));
		client.take();
		client.say(at(4));
		expect(client.take()).toEqual([
			{
				action: 'announce',
				info_hash: binaryName('torrent', 4),
				'failure reason': 'too many torrents on one connection',
			},
		]);
		client.say(at(2));
		expect(client.take()).toMatchObject([{ interval: 120 }]);
		client.say(at(2, { event: 'stopped' }));
		client.say(at(4));
		expect(client.take()).toMatchObject([{ interval: 120 }, { incomplete: 1 }]);
	});

	it('says so when it is full', () => {
		for (let peer = 0; peer < limits.maxPeers; peer += 1) connect().say(announce(peer));
		const late = connect();
		late.say(announce(99));
		expect(late.take()).toMatchObject([{ 'failure reason': 'this tracker is full' }]);
	});

	it('scrapes what is asked for, and of everything only some', () => {
		const client = connect();
		const torrents = [1, 2, 3].map((number) => binaryName('torrent', number));
		for (const info_hash of torrents) client.say(announce(1, { info_hash }));
		client.take();
		client.say({ action: 'scrape', info_hash: torrents[0] });
		client.say({ action: 'scrape' });
		const [one, all] = client.take() as { files: Record<string, object> }[];
		expect(one!.files).toEqual({ [torrents[0]!]: { complete: 0, incomplete: 1, downloaded: 0 } });
		expect(Object.keys(all!.files)).toHaveLength(limits.maxScrapedSwarms);
	});

	it('gives the reason for what makes no sense, and hangs up on garbage', () => {
		const client = connect();
		client.say({ action: 'dance' });
		client.say(announce(1, { peer_id: 'short' }));
		expect(client.take()).toEqual([
			{ 'failure reason': 'invalid action' },
			{
				action: 'announce',
				info_hash: binaryName('torrent', 1),
				'failure reason': 'invalid peer_id',
			},
		]);
		client.sayRaw('GET / HTTP/1.1');
		client.say(announce(1));
		expect(client.closes).toEqual([{ code: 1007, reason: 'not a tracker message' }]);
		expect(client.take()).toEqual([]);
	});

	it('hangs up on a flood, once, and hears others on', () => {
		const [flood, calm] = [connect(), connect()];
		for (let count = 0; count < 100; count += 1) flood.say({ action: 'scrape' });
		expect(flood.take()).toHaveLength(limits.messageBurst);
		expect(flood.closes).toEqual([{ code: 1008, reason: 'too many messages' }]);
		for (let count = 0; count < 100; count += 1) {
			clock.advance(101);
			calm.say({ action: 'scrape' });
		}
		expect(calm.take()).toHaveLength(100);
		expect(calm.closes).toEqual([]);
	});

	it('forgets the silent by itself, until it is stopped', () => {
		const client = connect();
		client.say(announce(1));
		clock.advance(limits.peerTimeToLiveMs + limits.sweepIntervalMs);
		expect(tracker.counts()).toMatchObject({ swarms: 0, peers: 0, connections: 1 });
		client.say(announce(1));
		expect(tracker.counts()).toMatchObject({ peers: 1 });
		tracker.stop();
		expect(clock.pending()).toBe(0);
	});
});
