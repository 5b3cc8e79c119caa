// Several owners of a film, honest and otherwise, on real transfers over links in memory.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
	encodeInfoDictionary,
	infoHashOf,
	piecesIdOf,
} from '../../../../peer/hashing/info-dictionary.ts';
import type { OtherOwners, WatchSource } from '../../../../peer/peer.ts';
import type { InfoHash } from '../../../../peer/torrent/info-hash.ts';
import { parseInfo } from '../../../../peer/torrent/parse-torrent.ts';
import { opfsPieceShelves } from '../../../../web/lib/browser/opfs-piece-shelves.ts';
import { createMemoryDirectory } from '../../../support/web/memory-directory.ts';
import {
	createMemoryFilmSwarms,
	type MemoryFilmSwarms,
} from '../../../support/transfer/memory-film-swarms.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../../support/transfer/memory-links.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	piecesOf,
	testBytes,
	type MemoryFile,
} from '../../../support/transfer/offered-memory.ts';
import { watchDigests } from '../../../support/transfer/running-digests.ts';
import {
	createSleepingClock,
	settle,
	type SleepingClock,
} from '../../../support/transfer/sleeping-clock.ts';
import {
	createTestEdge,
	createTestPeer,
	readAll,
	type TestEdge,
	type TestPeer,
} from '../../../support/transfer/transfer-pair.ts';

const mebibyte = 1024 * 1024;
const film = testBytes(12 * mebibyte + 11);
const content = piecesOf(film);
const piecesId = piecesIdOf(content);
const digests = watchDigests();
const never = new AbortController().signal;
const whole = { offsetBytes: 0, lengthBytes: film.length };

let clock: SleepingClock;
let network: MemoryNetwork;
let edge: TestEdge;
let viewer: TestPeer;
let source: WatchSource | undefined;

beforeEach(() => {
	clock = createSleepingClock();
	network = createMemoryNetwork();
	edge = createTestEdge();
	viewer = createTestPeer({ edge, links: network.links, clock });
});
afterEach(() => {
	source?.close();
	source = undefined;
});

function createOwner(name: string, file: MemoryFile = createMemoryFile(film), said = content) {
	const infoDictionary = encodeInfoDictionary({ ...said, name });
	const offeredFiles = offerMemoryFile(file, undefined, infoDictionary);
	const peer = createTestPeer({ edge, links: network.links, clock, offeredFiles });
	return { ...peer, file };
}

function othersOf(...peers: readonly TestPeer[]): OtherOwners {
	return { catalogId: filmId, peerIds: peers.map(({ peerId }) => peerId), piecesId };
}

/** From an owner the link names, and `others` as the catalog has them. */
function watch(believed: readonly TestPeer[], others?: OtherOwners): WatchSource {
	source = viewer.transfers.openRemote({
		catalogId: filmId,
		ownerPeerIds: believed.map(({ peerId }) => peerId),
		...(others && { others }),
	});
	source.pictureShown();
	return source;
}

/** Lets links and digests do their work. */
async function within<Value>(promise: Promise<Value>, steps = 400): Promise<Value> {
	const end = { isReached: false };
	const settled = promise.finally(() => (end.isReached = true));
	settled.catch(() => undefined);
	for (let step = 0; step < steps && !end.isReached; step += 1) {
		await clock.advance(50);
		await digests.settled();
	}
	if (!end.isReached) throw new Error('not settled in time');
	return settled;
}

const stateOf = (peer: TestPeer) =>
	source?.shares().find(({ from }) => from.kind === 'owner' && from.peerId === peer.peerId)?.state;
const sentBy = (peer: TestPeer) => peer.transfers.serving().totalUploadedBytes;

function liar(name: string) {
	const bytes = film.slice();
	for (let at = 3 * mebibyte; at < bytes.length; at += 100_000) bytes[at]! ^= 1;
	return createOwner(name, createMemoryFile(bytes));
}

describe('an owner who is believed, and others', () => {
	test('all send, whatever they call the file', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien (1979).mkv')];
		const opened = watch([anna], othersOf(ben));
		await within(opened.open(never));
		await within(expectSoon(() => stateOf(ben) === 'ready'));
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		expect(sentBy(ben)).toBeGreaterThan(mebibyte);
		expect(sentBy(anna)).toBeGreaterThan(mebibyte);
	});

	test('the first bytes come over the first link, before anybody else is asked', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([anna], othersOf(ben));
		const first = opened.read(whole, never)[Symbol.asyncIterator]();
		// Counted when they come: a step of the clock later others may have been asked.
		const sessions = () => new Set(edge.delivered.map(({ webrtcSessionId }) => webrtcSessionId));
		const asked = first.next().then(() => ({ links: network.made.length, size: sessions().size }));
		expect(await within(asked)).toMatchObject({ links: 2, size: 1 });
		await first.return?.();
	});

	test('one that comes later joins a read that is running', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([anna]);
		const parts: Uint8Array[] = [];
		const reading = (async () => {
			for await (const chunk of opened.read(whole, never)) {
				parts.push(chunk);
				if (parts.length === 6) opened.learn(othersOf(ben));
				await settle();
			}
		})();
		await within(reading, 2000);
		expect(Buffer.concat(parts).equals(film)).toBe(true);
		expect(sentBy(ben)).toBeGreaterThan(0);
	});

	test('the one who is believed leaves half-way, and nobody notices', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([anna], othersOf(ben));
		await within(opened.open(never));
		await within(expectSoon(() => stateOf(ben) === 'ready'));
		const parts: Uint8Array[] = [];
		const reading = (async () => {
			for await (const chunk of opened.read(whole, never)) {
				parts.push(chunk);
				if (parts.length !== 12) continue;
				edge.leave(anna.peerId);
				anna.transfers.stop();
			}
		})();
		await within(reading);
		expect(Buffer.concat(parts).equals(film)).toBe(true);
		expect(opened.connection()).toMatchObject({ kind: 'open' });
		// Another read, as a seek is one, does not wait for the one who has left.
		const tail = { offsetBytes: 9 * mebibyte, lengthBytes: 100 };
		const bytes = await within(readAll(opened.read(tail, never)));
		expect(bytes.equals(film.subarray(9 * mebibyte, 9 * mebibyte + 100))).toBe(true);
	});

	test('the one who is believed stands still, and another goes on', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([anna], othersOf(ben));
		await within(opened.open(never));
		await within(expectSoon(() => stateOf(ben) === 'ready'));
		anna.file.gate = new Promise(() => undefined);
		const range = { offsetBytes: 5 * mebibyte, lengthBytes: 2 * mebibyte };
		const bytes = await within(readAll(opened.read(range, never)), 200);
		expect(bytes.equals(film.subarray(5 * mebibyte, 7 * mebibyte))).toBe(true);
	});

	test('one who is away for a moment is waited for when the other lies', async () => {
		const file = createMemoryFile(film);
		file.openError = 'unavailable';
		const [mallory, anna] = [liar('Alien.mkv'), createOwner('alien.mkv', file)];
		const opened = watch([], othersOf(mallory, anna));
		const reading = within(readAll(opened.read(whole, never)), 2000);
		reading.catch(() => undefined);
		await expectSoon(() => stateOf(mallory) === 'dropped');
		file.openError = undefined;
		expect((await reading).equals(film)).toBe(true);
	});

	test('a liar is dropped and told of; the film is whole', async () => {
		const anna = createOwner('Alien.mkv');
		const mallory = liar('Alien.mkv');
		const opened = watch([anna], othersOf(mallory));
		await within(opened.open(never));
		await within(expectSoon(() => stateOf(mallory) === 'ready'));
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		expect(stateOf(mallory)).toBe('dropped');
		const before = sentBy(mallory);
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		expect(sentBy(mallory)).toBe(before);
	});

	test('others with another film by the catalog’s word are not even asked', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([anna], { ...othersOf(ben), piecesId: 'f'.repeat(64) });
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		expect(network.made).toHaveLength(2);
	});
});

describe('nobody who is believed', () => {
	test('nothing is read before the catalog’s pieces are known', async () => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([], othersOf(anna, ben));
		expect(await within(opened.open(never))).toMatchObject({ sizeBytes: film.length });
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
	});

	test('a false description is not taken for the film', async () => {
		const other = testBytes(5 * mebibyte, 'another film');
		const mallory = createOwner('x.mkv', createMemoryFile(other), piecesOf(other));
		const anna = createOwner('Alien.mkv');
		const opened = watch([], othersOf(mallory, anna));
		expect(await within(opened.open(never))).toMatchObject({ sizeBytes: film.length });
		await within(expectSoon(() => stateOf(mallory) === 'dropped'));
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
	});

	test('a crowd of liars does not hide the one who has the film', async () => {
		const liars = Array.from({ length: 9 }, (_, index) => liar(`${index}.mkv`));
		const anna = createOwner('Alien.mkv');
		const opened = watch([], othersOf(...liars, anna));
		await within(opened.open(never));
		const bytes = await within(readAll(opened.read(whole, never)), 1000);
		expect(bytes.equals(film)).toBe(true);
	});

	test('only liars: a reason, and no film', async () => {
		const mallory = liar('Alien.mkv');
		const opened = watch([], othersOf(mallory));
		await expect(within(readAll(opened.read(whole, never)))).rejects.toMatchObject({
			code: 'corrupt',
		});
		expect(opened.connection()).toEqual({ kind: 'failed', reason: 'corrupt' });
		await expect(within(opened.open(never))).rejects.toMatchObject({ code: 'corrupt' });
	});

	test('subtitles come from whoever described the film', async () => {
		const anna = createOwner('Alien.mkv');
		const opened = watch([], othersOf(anna));
		const range = { offsetBytes: 0, lengthBytes: 100, sideCar: 1 };
		expect((await within(readAll(opened.read(range, never)))).length).toBe(100);
	});

	test('closing ends every link and read', async () => {
		const anna = createOwner('Alien.mkv');
		const opened = watch([], othersOf(anna));
		await within(opened.open(never));
		const reading = readAll(opened.read(whole, never));
		opened.close();
		await expect(within(reading)).rejects.toMatchObject({ code: 'cancelled' });
		await clock.advance(31_000);
		expect(network.made.every((link) => link.isClosed)).toBe(true);
		expect(clock.sleeping()).toBe(0);
	});
});

describe('an owner who is away', () => {
	const info = encodeInfoDictionary({ ...content, name: 'Alien.mkv' });
	const infoHash = infoHashOf(info) as InfoHash;
	const inCatalog = { infoHash, name: 'Alien.mkv' };
	let world: MemoryFilmSwarms;

	beforeEach(() => {
		world = createMemoryFilmSwarms();
		viewer = createTestPeer({ edge, links: network.links, clock, watching: world.filmSwarms });
	});

	function away(): ReturnType<typeof createOwner> {
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
		const mallory = liar('Alien.mkv');
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
		const shelves = opfsPieceShelves({
			directory: async () => directory,
			quotaBytes: async () => 1e9,
			now: () => clock.now(),
		});
		viewer = createTestPeer({ edge, links: network.links, clock, shelves });
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

describe('a reload', () => {
	const half = { offsetBytes: 0, lengthBytes: 6 * mebibyte };
	const headBytes = mebibyte;

	/** Watches half of the film, then comes back as a page that was loaded anew. */
	async function watchHalfAndReload(change: (owner: ReturnType<typeof createOwner>) => void) {
		const directory = createMemoryDirectory();
		const reload = () => {
			const shelves = opfsPieceShelves({
				directory: async () => directory,
				quotaBytes: async () => 1e9,
				now: () => clock.now(),
			});
			viewer = createTestPeer({ edge, links: network.links, clock, shelves });
		};
		const anna = createOwner('Alien.mkv');
		reload();
		const first = watch([anna]);
		await within(first.open(never));
		// The head is kept as soon as the film's pieces are known.
		await within(expectSoon(() => directory.files.size >= 4));
		await within(readAll(first.read(half, never)));
		await within(expectSoon(() => directory.files.size >= 24));
		first.close();
		viewer.transfers.stop();
		change(anna);
		const before = sentBy(anna);
		reload();
		const second = watch([anna]);
		await within(second.open(never));
		const bytes = await within(readAll(second.read(half, never)), 1000);
		return { bytes, askedBytes: sentBy(anna) - before, shares: second.shares() };
	}

	test('asks the owner for nothing that was kept, but the head', async () => {
		const { bytes, askedBytes, shares } = await watchHalfAndReload(() => undefined);
		expect(bytes.equals(film.subarray(0, half.lengthBytes))).toBe(true);
		// Head and tail are on their way before it is known that they are kept.
		expect(askedBytes).toBeLessThanOrEqual(2 * headBytes);
		expect(shares.find(({ from }) => from.kind === 'kept')?.totalBytes).toBeGreaterThan(
			4 * mebibyte,
		);
	});

	test('knows a file that was only touched by its pieces', async () => {
		const { bytes, shares } = await watchHalfAndReload(({ file }) => (file.modifiedAtMs += 5000));
		expect(bytes.equals(film.subarray(0, half.lengthBytes))).toBe(true);
		expect(shares.find(({ from }) => from.kind === 'kept')?.totalBytes).toBeGreaterThan(mebibyte);
	});
});

async function expectSoon(isSo: () => boolean): Promise<void> {
	while (!isSo()) await settle(1);
}
