import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CatalogId } from '../../../../proto/ids.ts';
import { zlibCompression } from '../../../../peer/node/zlib-compression.ts';
import type { WatchSource } from '../../../../peer/peer.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../../support/transfer/memory-links.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	testBytes,
	type MemoryFile,
} from '../../../support/transfer/offered-memory.ts';
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
const film = testBytes(8 * mebibyte + 11);
const never = new AbortController().signal;

let clock: SleepingClock;
let network: MemoryNetwork;
let edge: TestEdge;
let file: MemoryFile;
let owner: TestPeer;
let viewer: TestPeer;
let sources: WatchSource[];

beforeEach(() => {
	clock = createSleepingClock();
	network = createMemoryNetwork();
	edge = createTestEdge();
	file = createMemoryFile(film);
	owner = createOwner(file);
	viewer = createTestPeer({ edge, links: network.links, clock });
	sources = [];
});

afterEach(() => {
	for (const source of sources) source.close();
});

const createOwner = (offered: MemoryFile) =>
	createTestPeer({ edge, links: network.links, clock, offeredFiles: offerMemoryFile(offered) });

function watch(
	owners: readonly TestPeer[] = [owner],
	catalogId: CatalogId = filmId,
	isPlaying = true,
): WatchSource {
	const source = viewer.transfers.openRemote({
		catalogId,
		ownerPeerIds: owners.map(({ peerId }) => peerId),
	});
	sources.push(source);
	if (isPlaying) source.pictureShown();
	return source;
}

const whole = { offsetBytes: 0, lengthBytes: film.length };

/** Resolves with what became of a promise, without waiting for it. */
async function outcomeOf(promise: Promise<unknown>): Promise<string> {
	const pending = Promise.resolve('pending');
	return Promise.race([
		promise.then(
			() => 'done',
			(error: unknown) => (error as { code?: string }).code ?? 'rejected',
		),
		pending.then(() => settle(1)).then(() => 'pending'),
	]);
}

const half = 512 * 1024;
/** Of the head, and the tail from the beginning of its block of 32 KiB. */
const headAndTailBytes = half + film.length - Math.floor((film.length - half) / 32768) * 32768;

describe('head and tail', () => {
	test('are fetched when the film is opened, before anybody reads', async () => {
		const source = watch();
		await source.open(never);
		await settle(30);
		expect(source.connection()).toMatchObject({ kind: 'open', totalBytes: headAndTailBytes });
		edge.isUp = false;
		network.isHeld = true;
		const head = await readAll(source.read({ offsetBytes: 100, lengthBytes: 1000 }, never));
		expect(head.equals(film.subarray(100, 1100))).toBe(true);
		const tail = await readAll(
			source.read({ offsetBytes: film.length - half, lengthBytes: half }, never),
		);
		expect(tail.equals(film.subarray(film.length - half))).toBe(true);
	});

	test('are not fetched twice', async () => {
		const source = watch();
		expect((await readAll(source.read(whole, never))).equals(film)).toBe(true);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(film.length);
	});

	test('do not hurt the source when their chunks are given away', async () => {
		const source = watch();
		for (let time = 0; time < 2; time++) {
			for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: 1000 }, never)) {
				structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
			}
		}
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: 1000 }, never));
		expect(bytes.equals(film.subarray(0, 1000))).toBe(true);
	});

	test('of a small film are all of it', async () => {
		file.bytes = film.subarray(0, 1000);
		const source = watch();
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: 1000 }, never));
		expect(bytes.equals(film.subarray(0, 1000))).toBe(true);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(1000);
	});
});

describe('the index of an MP4', () => {
	/** Of 2 MiB, which shrink. */
	const mp4 = (order: 'in front' | 'at the end') => {
		const bytes = testBytes(8 * mebibyte);
		const boxes = { ftyp: 16, moov: 2 * mebibyte, mdat: 6 * mebibyte - 16 };
		const view = new DataView(bytes.buffer);
		let at = 0;
		for (const type of order === 'in front' ? ['ftyp', 'moov', 'mdat'] : ['ftyp', 'mdat', 'moov']) {
			view.setUint32(at, boxes[type as keyof typeof boxes]);
			bytes.set(Buffer.from(type), at + 4);
			at += boxes[type as keyof typeof boxes];
		}
		return bytes;
	};

	test.each(['in front', 'at the end'] as const)('%s travels deflated', async (order) => {
		file.bytes = mp4(order);
		const able = { edge, links: network.links, clock, compression: zlibCompression };
		owner = createTestPeer({ ...able, offeredFiles: offerMemoryFile(file) });
		viewer = createTestPeer(able);
		const source = watch();
		const bytes = await readAll(source.read({ ...whole, lengthBytes: 8 * mebibyte }, never));
		expect(bytes.equals(file.bytes)).toBe(true);
		const { totalUploadedBytes } = owner.transfers.serving();
		expect(totalUploadedBytes).toBeLessThan(7 * mebibyte);
		expect(totalUploadedBytes).toBeGreaterThan(6 * mebibyte - 64 * 1024);
	});

	test.each(['in front', 'at the end'] as const)(
		'%s travels once when the viewer cannot inflate',
		async (order) => {
			file.bytes = mp4(order);
			const able = { edge, links: network.links, clock, compression: zlibCompression };
			owner = createTestPeer({ ...able, offeredFiles: offerMemoryFile(file) });
			const bytes = await readAll(watch().read({ ...whole, lengthBytes: 8 * mebibyte }, never));
			expect(bytes.equals(file.bytes)).toBe(true);
			expect(owner.transfers.serving().totalUploadedBytes).toBe(8 * mebibyte);
		},
	);

	test('goes on at the next byte when the link is lost in the middle of it', async () => {
		file.bytes = mp4('in front');
		crypto.getRandomValues(file.bytes.subarray(16_384, 16_384 + 65_536));
		const able = { edge, links: network.links, clock, compression: zlibCompression };
		owner = createTestPeer({ ...able, offeredFiles: offerMemoryFile(file) });
		viewer = createTestPeer(able);
		const source = watch();
		const parts: Uint8Array[] = [];
		let hasCut = false;
		for await (const chunk of source.read({ ...whole, lengthBytes: 8 * mebibyte }, never)) {
			parts.push(chunk);
			const readBytes = parts.reduce((sum, part) => sum + part.length, 0);
			if (!hasCut && readBytes > 32 * 1024) {
				hasCut = true;
				network.made.at(-1)?.cut();
			}
		}
		expect(Buffer.concat(parts).equals(file.bytes)).toBe(true);
		expect(network.made).toHaveLength(4);
	});
});

describe('until the first picture', () => {
	test('nothing is read behind the head, and all else goes on', async () => {
		const source = watch([owner], filmId, false);
		const parts: Uint8Array[] = [];
		const reading = (async () => {
			for await (const chunk of source.read(whole, never)) parts.push(chunk);
		})();
		await settle(60);
		const readBytes = () => parts.reduce((sum, part) => sum + part.length, 0);
		expect(readBytes()).toBe(half);
		const elsewhere = { offsetBytes: 3 * mebibyte, lengthBytes: 1000 };
		expect(await readAll(source.read(elsewhere, never))).toHaveLength(1000);
		expect(readBytes()).toBe(half);
		source.pictureShown();
		await reading;
		expect(Buffer.concat(parts).equals(film)).toBe(true);
	});

	test('nobody waits for long', async () => {
		const source = watch([owner], filmId, false);
		let hasEnded = false;
		const reading = readAll(source.read(whole, never)).finally(() => (hasEnded = true));
		await settle(60);
		await clock.advance(350);
		expect(hasEnded).toBe(false);
		await clock.advance(50);
		await settle(60);
		expect((await reading).equals(film)).toBe(true);
	});

	test('whoever only looks starts no wait', async () => {
		const source = watch([owner], filmId, false);
		await source.open(never);
		await clock.advance(10_000);
		const reading = readAll(source.read(whole, never));
		await settle(60);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(headAndTailBytes);
		source.pictureShown();
		expect((await reading).equals(film)).toBe(true);
	});
});

describe('a lost link', () => {
	test('is not noticed by a running read', async () => {
		const source = watch();
		const parts: Uint8Array[] = [];
		let cuts = 0;
		for await (const chunk of source.read(whole, never)) {
			parts.push(chunk);
			const readBytes = parts.reduce((sum, part) => sum + part.length, 0);
			if (readBytes > (cuts + 1) * 2 * mebibyte && cuts < 3) {
				cuts++;
				network.made.at(-1)?.cut();
			}
		}
		expect(cuts).toBe(3);
		expect(Buffer.concat(parts).equals(film)).toBe(true);
		expect(network.made).toHaveLength(2 * 4);
	});

	test('is made anew although nobody reads, so that a seek finds it', async () => {
		const source = watch();
		await source.open(never);
		network.made.at(-1)?.cut();
		await settle(20);
		expect(source.connection()).toMatchObject({ kind: 'open' });
		expect(network.made).toHaveLength(4);
	});

	test('says so, waits longer each time and goes on when the owner is back', async () => {
		const source = watch();
		await source.open(never);
		await settle(20);
		edge.isUp = false;
		network.made.at(-1)?.cut();
		await settle();
		expect(source.connection()).toMatchObject({ kind: 'lost', reason: 'unavailable' });
		const reading = readAll(source.read({ offsetBytes: 2 * mebibyte, lengthBytes: 10 }, never));
		await clock.advance(60_000);
		expect(await outcomeOf(reading)).toBe('pending');
		const connection = source.connection();
		if (connection.kind !== 'lost') throw new Error('the source is not lost');
		expect(connection.retryAtMs - clock.now()).toBeLessThanOrEqual(15_000);
		edge.isUp = true;
		await clock.advance(15_000);
		expect((await reading).equals(film.subarray(2 * mebibyte, 2 * mebibyte + 10))).toBe(true);
	});

	test.each([
		['retry', (source: WatchSource) => source.retry()],
		['the edge coming back', () => viewer.transfers.signallingRestored()],
	])('%s ends the wait at once', async (_, act) => {
		edge.isUp = false;
		const source = watch();
		const opening = source.open(never);
		await clock.advance(20_000);
		expect(await outcomeOf(opening)).toBe('pending');
		edge.isUp = true;
		act(source);
		expect(await opening).toMatchObject({ sizeBytes: film.length });
	});

	test('says which way it takes as soon as that is known', async () => {
		network.route = 'unknown';
		const source = watch();
		await source.open(never);
		expect(source.connection()).toMatchObject({ kind: 'open', route: 'unknown' });
		network.route = 'relayed';
		await clock.advance(500);
		expect(source.connection()).toMatchObject({ kind: 'open', route: 'relayed' });
	});

	test('without a route says timed-out', async () => {
		network.hasRoute = false;
		const source = watch();
		const opening = source.open(never);
		await clock.advance(10_050);
		expect(source.connection()).toMatchObject({ kind: 'lost', reason: 'timed-out' });
		network.hasRoute = true;
		source.retry();
		await opening;
	});
});

describe('what no waiting puts right', () => {
	test.each(['not-found', 'permission-denied', 'corrupt'] as const)(
		'%s at opening is said at once',
		async (code) => {
			file.openError = code;
			const source = watch();
			await expect(source.open(never)).rejects.toMatchObject({ code });
			expect(source.connection()).toEqual({ kind: 'failed', reason: code });
		},
	);

	test('a file that changes in the middle ends every read, until it is opened again', async () => {
		const source = watch();
		await source.open(never);
		const range = { offsetBytes: 2 * mebibyte, lengthBytes: 100 };
		file.modifiedAtMs += 1000;
		await expect(readAll(source.read(range, never))).rejects.toMatchObject({ code: 'corrupt' });
		await expect(readAll(source.read(range, never))).rejects.toMatchObject({ code: 'corrupt' });
		const facts = await source.open(never);
		expect(facts.modifiedAtMs).toBe(file.modifiedAtMs);
		expect((await readAll(source.read(range, never))).length).toBe(100);
	});

	test('a file that changed while the link was lost is not taken for the same', async () => {
		const source = watch();
		await source.open(never);
		await settle(20);
		file.modifiedAtMs += 1000;
		network.made.at(-1)?.cut();
		await settle(20);
		expect(source.connection()).toEqual({ kind: 'failed', reason: 'corrupt' });
	});

	test('a disk that fails for a moment is asked again', async () => {
		const source = watch();
		await source.open(never);
		await settle(20);
		file.readError = 'internal';
		const reading = readAll(source.read({ offsetBytes: 2 * mebibyte, lengthBytes: 10 }, never));
		await settle(20);
		expect(source.connection()).toMatchObject({ kind: 'lost', reason: 'internal' });
		file.readError = undefined;
		await clock.advance(1000);
		expect((await reading).length).toBe(10);
	});
});

describe('several owners', () => {
	test('the next one is asked when the first cannot', async () => {
		const second = createOwner(createMemoryFile(film));
		file.openError = 'not-found';
		const source = watch([owner, second]);
		expect((await readAll(source.read(whole, never))).equals(film)).toBe(true);
		expect(second.transfers.serving().viewers).toBe(1);
	});

	test('another takes over in the middle of a read', async () => {
		const second = createOwner(createMemoryFile(film));
		const source = watch([owner, second]);
		const parts: Uint8Array[] = [];
		for await (const chunk of source.read(whole, never)) {
			parts.push(chunk);
			if (parts.length === 10) {
				edge.leave(owner.peerId);
				owner.transfers.stop();
			}
		}
		expect(Buffer.concat(parts).equals(film)).toBe(true);
		expect(second.transfers.serving().totalUploadedBytes).toBeGreaterThan(mebibyte);
	});

	test('one whose film has another size is not believed', async () => {
		const second = createOwner(createMemoryFile(film.subarray(1)));
		const source = watch([owner, second]);
		await source.open(never);
		await settle(20);
		edge.leave(owner.peerId);
		owner.transfers.stop();
		await clock.advance(200);
		expect(source.connection()).toMatchObject({ kind: 'lost', reason: 'unavailable' });
	});
});

describe('links', () => {
	test('are shared by all films of an owner and closed a while after the last', async () => {
		const one = watch();
		const other = watch();
		await Promise.all([one.open(never), other.open(never)]);
		await settle(30);
		expect(network.made).toHaveLength(2);
		one.close();
		other.close();
		await clock.advance(29_000);
		expect(network.made.some((link) => link.isClosed)).toBe(false);
		await clock.advance(2000);
		expect(network.made.every((link) => link.isClosed)).toBe(true);
		expect(clock.sleeping()).toBe(0);
	});

	test('outlive the edge', async () => {
		const source = watch();
		await source.open(never);
		edge.isUp = false;
		expect((await readAll(source.read(whole, never))).equals(film)).toBe(true);
	});

	test('end when the peer stops', async () => {
		const source = watch();
		await source.open(never);
		const reading = readAll(source.read(whole, never));
		viewer.transfers.stop();
		await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
		await clock.advance(50);
		expect(network.made.every((link) => link.isClosed)).toBe(true);
		expect(owner.transfers.serving().viewers).toBe(0);
	});
});

test('listeners hear of the connection, and of the speed once a second', async () => {
	const source = watch();
	const kinds: string[] = [];
	source.subscribe(() => kinds.push(source.connection().kind));
	await source.open(never);
	await settle(30);
	expect(kinds[0]).toBe('connecting');
	expect(kinds.at(-1)).toBe('open');
	const before = kinds.length;
	await clock.advance(10_000);
	// The speed falls to nothing within three seconds; then there is nothing more to tell.
	expect(kinds.length - before).toBeGreaterThanOrEqual(2);
	expect(kinds.length - before).toBeLessThanOrEqual(5);
	expect(source.connection()).toMatchObject({ kind: 'open', downloadBytesPerSecond: 0 });
});
