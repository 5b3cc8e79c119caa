// A watched film in its swarm: what it brings, what it gives, whom it avoids, and what it never says of the viewer.
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeInfoDictionary } from '../../../../../peer/hashing/info-dictionary.ts';
import {
	createWatchedPieces,
	type WatchedPieces,
} from '../../../../../peer/swarm/watched-pieces.ts';
import { infoHashOf } from '../../../../../peer/torrent/info-hash.ts';
import { parseInfo } from '../../../../../peer/torrent/parse-torrent.ts';
import { readFilmPieces } from '../../../../../peer/transfer/pieces/film-pieces.ts';
import { joinFilmSwarm, type FilmSwarm } from '../../../../../peer/transfer/sources/film-swarm.ts';
import { createPieceMix, type PieceMix } from '../../../../../peer/transfer/pieces/piece-mix.ts';
import type { PeerId } from '../../../../../proto/ids.ts';
import {
	createMemoryFilmSwarms,
	type MemoryFilmSwarms,
} from '../../../../support/transfer/memory-film-swarms.ts';
import { piecesOf, testBytes } from '../../../../support/transfer/offered-memory.ts';
import { createSleepingClock, settle } from '../../../../support/transfer/sleeping-clock.ts';

const pieceBytes = 256 * 1024;
const film = testBytes(3 * pieceBytes + 5);
const info = encodeInfoDictionary({ ...piecesOf(film), name: 'Alien.mkv' });
const infoHash = infoHashOf(info);
const torrent = parseInfo(info, infoHash);
const pieces = readFilmPieces(info, { sizeBytes: film.length, piecesId: undefined });
const owner = 'owner' as PeerId;
const pieceOf = (index: number) => film.slice(index * pieceBytes, (index + 1) * pieceBytes);

let world: MemoryFilmSwarms;
let watched: WatchedPieces;
let mix: PieceMix;
let changes: number;

beforeEach(() => {
	world = createMemoryFilmSwarms();
	watched = createWatchedPieces(pieces, undefined);
	changes = 0;
	mix = createPieceMix({
		...{ pieces, clock: createSleepingClock(), shelf: watched.shelf },
		onBytes: () => undefined,
		onBad: () => undefined,
		mayMoreCome: () => true,
	});
});

function join(as: { name?: string; isKnown?: boolean } = {}): FilmSwarm | undefined {
	const { name = 'Alien.mkv', isKnown = true } = as;
	return joinFilmSwarm({
		filmSwarms: world.filmSwarms,
		torrent: { infoHash, name },
		...(isKnown && { film: { pieces, watched, mix } }),
		clock: createSleepingClock(),
		isDirect: (peerId) => peerId === owner,
		onChange: () => (changes += 1),
	});
}

describe('a film that is known', () => {
	test('comes from the others, asked only for what they have', async () => {
		join();
		await settle();
		world.joined[0]?.gather(torrent, film, (piece) => piece !== 1);
		const [first, second] = [mix.want(0), mix.want(1)];
		expect(await first.bytes).toEqual(pieceOf(0));
		let hasSecond = false;
		second.bytes.then(
			() => (hasSecond = true),
			() => undefined,
		);
		await settle(20);
		expect(hasSecond).toBe(false);
		world.joined[0]?.gather(torrent, film);
		expect(await second.bytes).toEqual(pieceOf(1));
	});

	test('is served as it comes, and only what has been verified', async () => {
		const bad = pieceOf(2);
		bad[7]! ^= 1;
		join();
		await mix.offer(0, pieceOf(0));
		await mix.offer(2, bad);
		const [swarm] = world.joined;
		expect(swarm?.told).toEqual([0]);
		expect(swarm?.request.content?.has(0)).toBe(true);
		expect(swarm?.request.content?.has(2)).toBe(false);
		expect(await swarm?.request.content?.read(0, 10, 4)).toEqual(film.slice(10, 14));
	});

	test('is announced as complete when all of it is there', () => {
		for (let index = 0; index < pieces.count; index += 1)
			void watched.shelf.keep(index, pieceOf(index));
		join();
		expect(world.memberships).toEqual([{ infoHash, isComplete: true }]);
	});

	test('links to nobody twice', () => {
		join();
		expect(world.isWanted(owner)).toBe(false);
		expect(world.isWanted('viewer' as PeerId)).toBe(true);
		expect(join()).toBeUndefined();
		expect(world.joined).toHaveLength(1);
	});

	test('does not join the swarm of another content', () => {
		expect(join({ name: 'Aliens.mkv' })).toBeUndefined();
		expect(world.joined).toHaveLength(0);
		expect(world.memberships).toEqual([]);
	});
});

describe('without leave to serve', () => {
	test('no stranger hears of it, and nothing is sent', () => {
		world.setMayServe(false);
		join();
		expect(world.joined[0]?.request).toMatchObject({ trackers: [], isServing: false });
		world.setMayServe(true);
		expect(world.joined[0]?.isServing).toBe(true);
		expect(world.joined[0]?.announcedTo).toEqual([world.filmSwarms.announceUrls()]);
		world.setMayServe(false);
		expect(world.joined[0]?.isServing).toBe(false);
		expect(world.joined[0]?.announcedTo.at(-1)).toEqual([]);
	});

	test('after leaving it is asked no more', () => {
		const swarm = join();
		swarm?.leave();
		world.setMayServe(false);
		expect(world.joined[0]).toMatchObject({ isLeft: true, announcedTo: [] });
		expect(world.memberships).toEqual([]);
	});
});

test('who lies is told by name when our edge has introduced it', () => {
	const swarm = join();
	const before = changes;
	world.joined[0]?.request.onBadMember?.('mallory' as PeerId);
	world.joined[0]?.request.onBadMember?.(undefined);
	expect(changes).toBe(before + 2);
	expect(swarm?.shares(0).filter(({ state }) => state === 'dropped')).toMatchObject([
		{ from: { kind: 'member', peerId: 'mallory' } },
		{ from: { kind: 'member' } },
	]);
});

describe('a film nobody has described', () => {
	test('is described by the swarm, and then comes from it', async () => {
		const swarm = join({ isKnown: false });
		const [joined] = world.joined;
		expect(joined?.request.torrent).toBeUndefined();
		expect(joined?.request.content?.has(0)).toBe(false);
		joined?.gather(torrent, film);
		expect((await swarm?.torrent)?.info).toEqual(info);
		expect(swarm?.begin({ pieces, watched, mix })).toBe(true);
		await settle();
		expect(await mix.want(3).bytes).toEqual(pieceOf(3));
		expect(joined?.told).toEqual([3]);
	});

	test('is told what was there before', async () => {
		await watched.shelf.keep(1, pieceOf(1));
		const swarm = join({ isKnown: false });
		world.joined[0]?.gather(torrent, film);
		swarm?.begin({ pieces, watched, mix });
		await settle();
		expect(world.joined[0]?.told).toEqual([1]);
	});

	test('is not asked for any more once an owner has described it', async () => {
		const swarm = join({ isKnown: false });
		swarm?.begin({ pieces, watched, mix });
		expect((await swarm?.torrent)?.info).toEqual(info);
	});

	test('is not mixed with another film', async () => {
		const swarm = join({ isKnown: false, name: 'Aliens.mkv' });
		expect(swarm?.begin({ pieces, watched, mix })).toBe(false);
		expect(world.joined[0]?.told).toEqual([]);
	});
});
