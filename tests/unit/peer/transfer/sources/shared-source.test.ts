// Several owners of a film, honest and otherwise, on real transfers over links in memory.
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeInfoDictionary } from '../../../../../peer/hashing/info-dictionary.ts';
import { infoHashOf } from '../../../../../peer/torrent/info-hash.ts';
import { decodeMessage } from '../../../../../peer/transfer/frames.ts';
import { createMemoryFilmSwarms } from '../../../../support/transfer/memory-film-swarms.ts';
import {
	createMemoryFile,
	piecesOf,
	testBytes,
} from '../../../../support/transfer/offered-memory.ts';
import {
	content,
	createSharedFilm,
	expectSoon,
	film,
	mebibyte,
	othersOf,
	sentBy,
	whole,
	type Owner,
} from '../../../../support/transfer/shared-film.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../../support/transfer/transfer-pair.ts';
import { createMemoryDirectory } from '../../../../support/web/memory-directory.ts';

const never = new AbortController().signal;

let { clock, network, edge, openPage, createOwner, createLiar, watch, stateOf, shelvesIn, within } =
	createSharedFilm();

beforeEach(() => {
	({ clock, network, edge, openPage, createOwner, createLiar, watch, stateOf, shelvesIn, within } =
		createSharedFilm());
});

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

	test('the swarm is joined some seconds after the film began, out of the way of the first jumps', async () => {
		const name = 'Alien.mkv';
		const anna = createOwner(name);
		const world = createMemoryFilmSwarms();
		openPage({ watching: world.filmSwarms });
		const opened = watch([anna]);
		opened.joinSwarm({ infoHash: infoHashOf(encodeInfoDictionary({ ...content, name })), name });
		const beganAtMs = clock.monotonicMs();
		expect((await within(readAll(opened.read(whole, never)))).equals(film)).toBe(true);
		await within(expectSoon(() => world.joined.length === 1));
		expect(clock.monotonicMs() - beganAtMs).toBeGreaterThanOrEqual(3_000);
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

	test.each([
		['near the end of a piece brings the next one along', 200, 312],
		['to the beginning of a piece brings that one', 0, 256],
	])('a jump %s', async (_, kibibytesIn, kibibytes) => {
		const [anna, ben] = [createOwner('Alien.mkv'), createOwner('alien.mkv')];
		const opened = watch([anna], othersOf(ben));
		await within(opened.open(never));
		await within(expectSoon(() => stateOf(ben) === 'ready'));
		const offsetBytes = 5 * mebibyte + kibibytesIn * 1024;
		await within(readAll(opened.read({ offsetBytes, lengthBytes: mebibyte }, never)));
		const asked = network.made
			.flatMap((link) => link.sentMessages.map(decodeMessage))
			.flatMap((message) => (message.kind === 'control' ? [message.body] : []))
			.flatMap((body) => (body.case === 'range' ? [body.value] : []))
			.find((range) => range.offsetBytes === BigInt(offsetBytes));
		expect(asked?.lengthBytes).toBe(BigInt(kibibytes * 1024));
	});

	test('one who is away for a moment is waited for when the other lies', async () => {
		const file = createMemoryFile(film);
		file.openError = 'unavailable';
		const [mallory, anna] = [createLiar('Alien.mkv'), createOwner('alien.mkv', file)];
		const opened = watch([], othersOf(mallory, anna));
		const reading = within(readAll(opened.read(whole, never)), 2000);
		reading.catch(() => undefined);
		await expectSoon(() => stateOf(mallory) === 'dropped');
		file.openError = undefined;
		expect((await reading).equals(film)).toBe(true);
	});

	test('a liar is dropped and told of; the film is whole', async () => {
		const anna = createOwner('Alien.mkv');
		const mallory = createLiar('Alien.mkv');
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
		const liars = Array.from({ length: 9 }, (_, index) => createLiar(`${index}.mkv`));
		const anna = createOwner('Alien.mkv');
		const opened = watch([], othersOf(...liars, anna));
		await within(opened.open(never));
		const bytes = await within(readAll(opened.read(whole, never)), 1000);
		expect(bytes.equals(film)).toBe(true);
	});

	test('only liars: a reason, and no film', async () => {
		const mallory = createLiar('Alien.mkv');
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

describe('a reload', () => {
	const half = { offsetBytes: 0, lengthBytes: 6 * mebibyte };
	const headBytes = mebibyte;

	/** Watches half of the film, then comes back as a page that was loaded anew. */
	async function watchHalfAndReload(change: (owner: Owner) => void) {
		const directory = createMemoryDirectory();
		const reload = () => openPage({ shelves: shelvesIn(directory) });
		const anna = createOwner('Alien.mkv');
		const page = reload();
		const first = watch([anna]);
		await within(first.open(never));
		// The head is kept as soon as the film's pieces are known.
		await within(expectSoon(() => directory.files.size >= 4));
		await within(readAll(first.read(half, never)));
		await within(expectSoon(() => directory.files.size >= 24));
		first.close();
		page.transfers.stop();
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
