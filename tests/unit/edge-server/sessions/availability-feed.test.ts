import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createAvailabilityFeed } from '../../../../edge-server/sessions/availability-feed.ts';
import { createSession, type EdgeBody } from '../../../../edge-server/sessions/session.ts';
import { EntryAvailabilitySchema } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { Visibility } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { parseCatalogId, parsePeerId, type SessionId } from '../../../../proto/ids.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const film = parseCatalogId('a'.repeat(26));
const other = parseCatalogId('b'.repeat(26));
const nothing = { wholeCatalog: false, catalogIds: new Set<never>() };
const everything = { wholeCatalog: true, catalogIds: new Set<never>() };
const onlyFilm = { wholeCatalog: false, catalogIds: new Set([film]) };

function open() {
	const clock = createManualClock();
	const feed = createAvailabilityFeed(clock);
	let sessions = 0;
	return {
		clock,
		feed,
		changed: (catalogId: string, availablePeers = 1, visibility = Visibility.PUBLIC) => {
			const change = { catalogId, availablePeers, visibility };
			feed.changed(create(EntryAvailabilitySchema, change));
		},
		watcher: () => {
			const received: EdgeBody[] = [];
			const wire = { bufferedBytes: 0 };
			const session = createSession({
				id: `session-${(sessions += 1)}` as SessionId,
				nonce: new Uint8Array(32),
				helloTimeoutMs: 10_000,
				clock,
				onEnded: (ended) => feed.remove(ended),
				stream: {
					door: 'websocket',
					remoteAddress: '192.0.2.1',
					send: ({ body }) => void received.push(body as EdgeBody),
					bufferedBytes: () => wire.bufferedBytes,
					close: () => undefined,
				},
			});
			session.claim(parsePeerId('ada'));
			const told = () =>
				received.flatMap((body) => (body.case === 'availabilityChanged' ? [body.value] : []));
			return { session, wire, told };
		},
	};
}

describe('createAvailabilityFeed', () => {
	it('tells the last state of each entry once per quarter of a second', () => {
		const { clock, feed, changed, watcher } = open();
		const { session, told } = watcher();
		feed.setInterest(session, everything);
		changed(film, 1);
		clock.advance(249);
		changed(film, 2);
		changed(other, 1);
		expect(told()).toHaveLength(0);
		clock.advance(1);
		expect(told()).toMatchObject([
			{
				changes: [
					{ catalogId: film, availablePeers: 2 },
					{ catalogId: other, availablePeers: 1 },
				],
				truncated: false,
			},
		]);
		clock.advance(10_000);
		expect(told()).toHaveLength(1);
	});

	it('tells each session only what it is interested in', () => {
		const { clock, feed, changed, watcher } = open();
		const [named, none] = [watcher(), watcher()];
		feed.setInterest(named.session, onlyFilm);
		feed.setInterest(none.session, nothing);
		changed(film);
		changed(other);
		clock.advance(250);
		expect(named.told()[0]?.changes.map(({ catalogId }) => catalogId)).toEqual([film]);
		expect(none.told()).toHaveLength(0);
	});

	it('tells link-only changes to nobody but those who name the entry', () => {
		const { clock, feed, changed, watcher } = open();
		const [whole, named] = [watcher(), watcher()];
		feed.setInterest(whole.session, everything);
		feed.setInterest(named.session, onlyFilm);
		changed(film, 1, Visibility.LINK_ONLY);
		clock.advance(250);
		expect(whole.told()).toHaveLength(0);
		expect(named.told()).toHaveLength(1);
	});

	it('lists an entry once for a session that wants it twice', () => {
		const { clock, feed, changed, watcher } = open();
		const { session, told } = watcher();
		feed.setInterest(session, { wholeCatalog: true, catalogIds: new Set([film]) });
		changed(film);
		clock.advance(250);
		expect(told()[0]?.changes).toHaveLength(1);
	});

	it('says so when there are more changes than one message lists', () => {
		const { clock, feed, changed, watcher } = open();
		const { session, told } = watcher();
		feed.setInterest(session, everything);
		for (let index = 0; index < 501; index += 1) changed(`entry-${index}`);
		clock.advance(250);
		expect(told()[0]?.changes).toHaveLength(500);
		expect(told()[0]?.truncated).toBe(true);
	});

	it('tells a session that is behind later and in fewer words', () => {
		const { clock, feed, changed, watcher } = open();
		const [slow, named, fast] = [watcher(), watcher(), watcher()];
		feed.setInterest(slow.session, everything);
		feed.setInterest(named.session, onlyFilm);
		feed.setInterest(fast.session, everything);
		slow.wire.bufferedBytes = named.wire.bufferedBytes = 256 * 1024 + 1;
		changed(film, 1);
		clock.advance(250);
		changed(film, 2);
		clock.advance(250);
		expect(fast.told()).toHaveLength(2);
		expect(slow.told()).toHaveLength(0);
		slow.wire.bufferedBytes = named.wire.bufferedBytes = 0;
		clock.advance(250);
		expect(slow.told()).toMatchObject([{ changes: [], truncated: true }]);
		expect(named.told()).toMatchObject([{ changes: [{ availablePeers: 2 }], truncated: false }]);
	});

	it('forgets interest that was replaced, and sessions that ended', () => {
		const { clock, feed, changed, watcher } = open();
		const [moved, gone] = [watcher(), watcher()];
		feed.setInterest(moved.session, onlyFilm);
		feed.setInterest(moved.session, { wholeCatalog: false, catalogIds: new Set([other]) });
		feed.setInterest(gone.session, onlyFilm);
		gone.session.gone();
		changed(film);
		clock.advance(250);
		expect([...moved.told(), ...gone.told()]).toHaveLength(0);
	});

	it('tells a change that came just before the interest was named again', () => {
		const { clock, feed, changed, watcher } = open();
		const { session, told } = watcher();
		feed.setInterest(session, onlyFilm);
		changed(film);
		feed.setInterest(session, { wholeCatalog: false, catalogIds: new Set([film, other]) });
		clock.advance(250);
		expect(told()[0]?.changes.map(({ catalogId }) => catalogId)).toEqual([film]);
	});

	it('leaves no timer behind when nobody watches or it is stopped', () => {
		const { clock, feed, changed, watcher } = open();
		changed(film);
		expect(clock.pending()).toBe(0);
		feed.setInterest(watcher().session, everything);
		changed(film);
		feed.stop();
		expect(clock.pending()).toBe(0);
	});
});
