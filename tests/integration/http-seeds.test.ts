// A torrent from web servers, over real HTTP and through the mix: one, several, and such as lie, know no ranges, have
// not got it, break off or keep silent. What is read is always the torrent, or waits.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMixedSwarms } from '../../peer/swarm/mixed-swarms.ts';
import type { Swarm } from '../../peer/swarm/swarm.ts';
import { parseTorrent } from '../../peer/torrent/parse-torrent.ts';
import { startHttpSeed, type Misbehaviour, type TestHttpSeed } from '../support/http-seed.ts';
import {
	bencode,
	pieceHashesOf,
	testFolderInfo,
	testInfo,
	testPieceBytes,
} from '../support/torrent-bytes.ts';
import { createMemoryFilmSwarms } from '../support/transfer/memory-film-swarms.ts';
import { testBytes } from '../support/transfer/offered-memory.ts';
import { realClock } from '../support/transfer/real-clock.ts';

const never = new AbortController().signal;
const film = testBytes(20 * testPieceBytes + 123);
const filmPath = 'Harbour%20Lights.mp4';
const seeds: TestHttpSeed[] = [];
const swarms: Swarm[] = [];

afterEach(async () => {
	for (const swarm of swarms.splice(0)) swarm.leave();
	for (const seed of seeds.splice(0)) await seed.close();
});

async function serve(how?: Misbehaviour, files: Record<string, Uint8Array> = { [filmPath]: film }) {
	const seed = await startHttpSeed(files, how);
	seeds.push(seed);
	return seed;
}

/** As the magnet page opens a .torrent, in a swarm of nobody. */
function open(
	info: ReturnType<typeof testInfo> | ReturnType<typeof testFolderInfo>,
	from: TestHttpSeed[],
) {
	const torrent = parseTorrent(bencode({ info, 'url-list': from.map(({ url }) => url) }));
	const memory = createMemoryFilmSwarms();
	const mixed = createMixedSwarms({ swarms: memory.filmSwarms.swarms, fetch, clock: realClock });
	const { infoHash, httpSeeds } = torrent;
	const swarm = mixed.join({ ...{ infoHash, torrent, httpSeeds }, trackers: [] });
	swarms.push(swarm);
	return { swarm, torrent, members: () => memory.joined[0]! };
}

const filmInfo = testInfo(film.length, { pieces: pieceHashesOf(film, testPieceBytes) });
const openFilm = (...from: TestHttpSeed[]) => open(filmInfo, from);

async function read(swarm: Swarm, fileIndex = 0): Promise<Uint8Array> {
	await swarm.torrent;
	const source = swarm.openFile(fileIndex);
	const { sizeBytes } = await source.open(never);
	const chunks: Uint8Array[] = [];
	for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never)) {
		chunks.push(chunk);
	}
	return new Uint8Array(Buffer.concat(chunks));
}

const shareOf = (swarm: Swarm, { host }: TestHttpSeed) =>
	swarm.progress().sources?.find(({ from }) => from.kind === 'http-seed' && from.host === host);

describe('a torrent of one file', () => {
	it('comes from a web server when nobody else is there, and goes to those who come', async () => {
		const { swarm, members } = openFilm(await serve());
		expect(await read(swarm)).toEqual(film);
		expect(shareOf(swarm, seeds[0]!)).toMatchObject({ totalBytes: film.length, state: 'ready' });
		const content = members().request.content!;
		expect(members().told.toSorted((one, other) => one - other)).toEqual([...Array(21).keys()]);
		expect(await content.read(20, 100, 23)).toEqual(film.slice(20 * testPieceBytes + 100));
	});

	it('comes from the swarm as well', async () => {
		const { swarm, torrent, members } = openFilm(await serve());
		const half = 10;
		seeds[0]!.behaves('silent');
		members().gather(torrent, film, (piece) => piece < half);
		const reading = read(swarm);
		await vi.waitFor(
			() => expect(swarm.progress().sources?.[0]?.totalBytes).toBeGreaterThan(0),
			// The server that keeps silent is waited for first.
			{ timeout: 15_000 },
		);
		seeds[0]!.behaves(undefined);
		expect(await reading).toEqual(film);
	});

	it.each<[Misbehaviour | 'has nothing', string]>([
		['lies', 'corrupt'],
		['whole', 'unsupported'],
		['has nothing', 'not-found'],
	])('comes from another server when one is of no use: %s', async (how, reason) => {
		const useless = how === 'has nothing' ? await serve(undefined, {}) : await serve(how);
		const good = await serve();
		const { swarm } = openFilm(useless, good);
		// Again until it was found out: one that is of no use may not have been asked often enough.
		await vi.waitFor(
			async () => {
				expect(await read(swarm)).toEqual(film);
				expect(shareOf(swarm, useless)).toMatchObject({ state: 'dropped', from: { reason } });
			},
			{ timeout: 10_000, interval: 50 },
		);
		expect(shareOf(swarm, good)?.state).toBe('ready');
	});

	it('comes from another server when one breaks off again and again', async () => {
		const { swarm } = openFilm(await serve('breaks off'), await serve());
		expect(await read(swarm)).toEqual(film);
		expect(shareOf(swarm, seeds[1]!)?.totalBytes).toBeGreaterThan(film.length / 2);
	});

	it('waits while every server is away, and ends when it is left', async () => {
		const { swarm } = openFilm(await serve('whole'));
		const reading = read(swarm);
		await vi.waitFor(() => expect(shareOf(swarm, seeds[0]!)?.state).toBe('dropped'));
		swarm.leave();
		await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
	});
});

it('a folder comes file by file, across the padding between them', async () => {
	const [one, two] = [testBytes(testPieceBytes + 5, 'one'), testBytes(3 * testPieceBytes, 'two')];
	const paddingBytes = testPieceBytes - 5;
	const whole = Buffer.concat([one, Buffer.alloc(paddingBytes), two]);
	const info = {
		...testFolderInfo([], { pieces: pieceHashesOf(whole, testPieceBytes) }),
		files: [
			{ path: ['Season 1', 'One.mkv'], length: one.length },
			{ path: ['.pad', '1'], length: paddingBytes, attr: 'p' },
			{ path: ['Two #2.mkv'], length: two.length },
		],
	};
	const server = await serve(undefined, {
		'Harbour%20Lights.mp4/Season%201/One.mkv': one,
		'Harbour%20Lights.mp4/Two%20%232.mkv': two,
	});
	const { swarm } = open(info, [server]);
	expect(await read(swarm, 0)).toEqual(one);
	expect(await read(swarm, 1)).toEqual(two);
});
