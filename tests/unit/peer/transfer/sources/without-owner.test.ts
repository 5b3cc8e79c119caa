// A film whose owner cannot be reached: others tell what it is, and send it.
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeInfoDictionary } from '../../../../../peer/hashing/info-dictionary.ts';
import { infoHashOf } from '../../../../../peer/torrent/info-hash.ts';
import { parseInfo } from '../../../../../peer/torrent/parse-torrent.ts';
import {
	createMemoryFilmSwarms,
	type MemoryFilmSwarms,
} from '../../../../support/transfer/memory-film-swarms.ts';
import {
	content,
	createSharedFilm,
	expectSoon,
	film,
	othersOf,
	sentBy,
	whole,
	type Owner,
} from '../../../../support/transfer/shared-film.ts';
import { readAll, type TestPeer } from '../../../../support/transfer/transfer-pair.ts';
import { createMemoryDirectory } from '../../../../support/web/memory-directory.ts';

const info = encodeInfoDictionary({ ...content, name: 'Alien.mkv' });
const infoHash = infoHashOf(info);
const inCatalog = { infoHash, name: 'Alien.mkv' };
const never = new AbortController().signal;

let { clock, edge, openPage, createOwner, createLiar, watch, stateOf, shelvesIn, within } =
	createSharedFilm();
let world: MemoryFilmSwarms;
let viewer: TestPeer;

beforeEach(() => {
	({ clock, edge, openPage, createOwner, createLiar, watch, stateOf, shelvesIn, within } =
		createSharedFilm());
	world = createMemoryFilmSwarms();
	viewer = openPage({ watching: world.filmSwarms });
});

describe('an owner who is away', () => {
	function away(): Owner {
		const owner = createOwner('Alien.mkv');
		edge.leave(owner.peerId);
		return owner;
	}

	const gather = (bytes: Uint8Array<ArrayBuffer> = film, has?: (piece: number) => boolean) =>
		world.joined[0]?.gather(parseInfo(info, infoHash), bytes, has);

	test('the swarm says what the film is, and sends it', async () => {
		const anna = away();
		const opened = watch([anna], othersOf());
		const facts = opened.open(never);
		await within(expectSoon(() => opened.connection().kind === 'lost'));
		opened.startWithoutOwner(inCatalog);
		await within(expectSoon(() => world.joined.length === 1));
		gather();
		expect(await within(facts)).toMatchObject({ sizeBytes: film.length, fileName: 'Alien.mkv' });
		const tail = { offsetBytes: film.length - 100, lengthBytes: 100 };
		expect((await within(readAll(opened.read(tail, never)))).equals(film.subarray(-100))).toBe(
			true,
		);
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		expect(opened.connection()).toMatchObject({ kind: 'open', route: 'swarm' });
	});

	test('a film that is watched and saved is in its swarm once, until the last of them is closed', async () => {
		const anna = away();
		const [watching, saving] = [watch([anna], othersOf()), watch([anna], othersOf())];
		watching.startWithoutOwner(inCatalog);
		saving.startWithoutOwner(inCatalog);
		await within(expectSoon(() => world.joined.length > 0));
		gather();
		const facts = await within(saving.open(never));
		expect((await within(readAll(watching.read(whole, never)))).equals(film)).toBe(true);
		watching.close();
		expect((await within(readAll(saving.read(whole, never)))).equals(film)).toBe(true);
		const hashes = { offsetBytes: 0, lengthBytes: facts.infoDictionaryBytes ?? 0 };
		const sent = saving.read({ ...hashes, sideCar: 'info-dictionary' }, never);
		expect((await within(readAll(sent))).equals(info)).toBe(true);
		expect(world.joined.map(({ isLeft }) => isLeft)).toEqual([false]);
		saving.close();
		expect(world.joined.map(({ isLeft }) => isLeft)).toEqual([true]);
		expect(viewer.transfers.swarms.memberships()).toEqual([]);
	});

	test('a read waits for what nobody in the swarm has yet', async () => {
		const opened = watch([away()], othersOf());
		opened.startWithoutOwner(inCatalog);
		await within(expectSoon(() => world.joined.length === 1));
		gather(film, (piece) => piece < 4);
		const reading = readAll(opened.read(whole, never));
		await expect(within(reading, 60)).rejects.toThrow('not settled');
		world.joined[0]?.disperse();
		await expect(within(reading, 60)).rejects.toThrow('not settled');
		expect(opened.connection().kind).toBe('lost');
		gather();
		expect((await within(reading)).equals(film)).toBe(true);
	});

	test('an owner who comes back joins in, and has to prove every piece', async () => {
		const mallory = createLiar('Alien.mkv');
		edge.leave(mallory.peerId);
		const opened = watch([mallory], othersOf());
		opened.startWithoutOwner(inCatalog);
		await within(expectSoon(() => world.joined.length === 1));
		gather();
		await within(opened.open(never));
		edge.join(mallory.peerId, mallory.transfers.handleSignal);
		await within(expectSoon(() => stateOf(mallory) === 'ready'));
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		expect(sentBy(mallory)).toBeGreaterThan(0);
		expect(stateOf(mallory)).toBe('dropped');
	});

	test('subtitles are known once the owner has come', async () => {
		const anna = away();
		const opened = watch([anna], othersOf());
		opened.startWithoutOwner(inCatalog);
		await within(expectSoon(() => world.joined.length === 1));
		gather();
		expect(await within(opened.open(never))).toMatchObject({ sideCars: [] });
		edge.join(anna.peerId, anna.transfers.handleSignal);
		await within(expectSoon(() => stateOf(anna) === 'ready'));
		expect(await within(opened.open(never))).toMatchObject({
			sizeBytes: film.length,
			sideCars: [{ fileName: 'film.en.srt', index: 1 }],
		});
	});

	test('another owner of the same content is enough', async () => {
		const ben = createOwner('alien (1979).mkv');
		const opened = watch([away()], othersOf(ben));
		opened.startWithoutOwner(inCatalog);
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
	});

	test('the torrent of another film is not taken for it', async () => {
		const opened = watch([away()], { ...othersOf(), piecesId: 'f'.repeat(64) });
		const facts = opened.open(never);
		opened.startWithoutOwner(inCatalog);
		await within(expectSoon(() => world.joined.length === 1));
		gather();
		await within(expectSoon(() => world.joined[0]?.isLeft === true));
		await expect(within(facts, 60)).rejects.toThrow('not settled');
		opened.close();
		await expect(facts).rejects.toMatchObject({ code: 'cancelled' });
	});

	test('without the catalog’s word for its pieces nobody is asked', async () => {
		const opened = watch([away()]);
		opened.startWithoutOwner(inCatalog);
		await clock.advance(1000);
		expect(world.joined).toHaveLength(0);
	});

	test('what an earlier visit has kept plays with nobody there', async () => {
		const directory = createMemoryDirectory();
		openPage({ shelves: shelvesIn(directory) });
		const anna = createOwner('Alien.mkv');
		const first = watch([anna], othersOf());
		await within(first.open(never));
		// The head is kept as soon as the film's pieces are known; before that nothing can be.
		await within(expectSoon(() => directory.files.size >= 4));
		// Each piece, what they are verified by, and what the film is; a busy disk keeps not everything at once.
		const isKept = () => directory.files.size === content.pieces.length / 20 + 2;
		while (!isKept()) await within(readAll(first.read(whole, never)));
		first.close();
		edge.leave(anna.peerId);
		anna.transfers.stop();
		const second = watch([anna], othersOf());
		second.startWithoutOwner(inCatalog);
		expect(await within(second.open(never))).toMatchObject({ sizeBytes: film.length });
		expect((await within(readAll(second.read(whole, never)))).equals(film)).toBe(true);
	});
});
