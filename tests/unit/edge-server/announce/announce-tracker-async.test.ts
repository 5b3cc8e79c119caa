// The rules on a store of swarms that answers later, as one shared between edges does.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { announceLimits as limits } from '../../../../edge-server/announce/announce-limits.ts';
import {
	createAnnounceTracker,
	type AnnounceConnection,
} from '../../../../edge-server/announce/announce-tracker.ts';
import { createMemorySwarms } from '../../../../edge-server/announce/memory-swarms.ts';
import type { Maybe, Swarms } from '../../../../edge-server/announce/swarms.ts';
import { fromWireText, toWireText } from '../../../../edge-server/announce/wire-text.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { binaryName } from '../../../support/swarm-names.ts';

const clock = createManualClock();

function later<Value>(answer: () => Maybe<Value>): Promise<Value> {
	return sleep(5).then(answer);
}

/** Answers every question after a while, in the order asked. */
function slowSwarms(): Swarms<AnnounceConnection> {
	const memory = createMemorySwarms<AnnounceConnection>({
		limits,
		monotonicMs: clock.monotonicMs,
		random: () => 0,
	});
	return {
		announce: (presence) => later(() => memory.announce(presence)),
		leave: (memberships) => later(() => memory.leave(memberships)),
		locate: (from, peerId) => later(() => memory.locate(from, peerId)),
		count: (infoHashes) => later(() => memory.count(infoHashes)),
		list: (limit) => later(() => memory.list(limit)),
		sweep: () => later(() => memory.sweep()),
		totals: () => memory.totals(),
	};
}

function open(swarms: Swarms<AnnounceConnection>) {
	const errors: unknown[] = [];
	const tracker = createAnnounceTracker({ swarms, limits, clock, onError: (e) => errors.push(e) });
	const connect = () => {
		const received: unknown[] = [];
		const receiver = tracker.open({
			send: (frame) => received.push(JSON.parse(fromWireText(frame))),
			close: () => undefined,
		});
		const say = (message: object) => receiver.receive(toWireText(JSON.stringify(message)));
		return { received, say, leave: () => receiver.closed() };
	};
	return { errors, tracker, connect };
}

const announce = (peer: number, more: object = {}) => ({
	action: 'announce',
	info_hash: binaryName('torrent', 1),
	peer_id: binaryName('peer', peer),
	...more,
});

it('goes on when the store answers', async () => {
	const { connect, errors } = open(slowSwarms());
	const [ann, ben] = [connect(), connect()];
	const offer = { offer: { type: 'offer', sdp: 'v=0' }, offer_id: binaryName('offer', 1) };
	ann.say(announce(1));
	ben.say(announce(2, { offers: [offer] }));
	await expect.poll(() => ann.received).toMatchObject([{ incomplete: 1 }, offer]);
	const answer = { type: 'answer', sdp: 'v=0' };
	const to = { to_peer_id: binaryName('peer', 2), offer_id: binaryName('offer', 1) };
	ann.say(announce(1, { answer, ...to }));
	await expect.poll(() => ben.received).toMatchObject([{ incomplete: 2 }, { answer }]);
	ben.say({ action: 'scrape' });
	ben.say(announce(2, { event: 'stopped' }));
	await expect.poll(() => ben.received.slice(2)).toHaveLength(2);
	expect(errors).toEqual([]);
});

it('takes back a peer whose connection closed while it was joining', async () => {
	const { connect, tracker } = open(slowSwarms());
	const client = connect();
	client.say(announce(1));
	client.leave();
	await sleep(30);
	expect(tracker.counts()).toMatchObject({ connections: 0, peers: 0 });
	expect(client.received).toEqual([]);
});

it('reports a store that fails, and serves the next message', async () => {
	const broken = new Error('no route to the store');
	let isBroken = true;
	const memory = slowSwarms();
	const { connect, errors } = open({
		...memory,
		announce: (presence) => (isBroken ? Promise.reject(broken) : memory.announce(presence)),
	});
	const client = connect();
	client.say(announce(1));
	await expect.poll(() => errors).toEqual([broken]);
	isBroken = false;
	client.say(announce(1));
	await expect.poll(() => client.received).toMatchObject([{ incomplete: 1 }]);
});
