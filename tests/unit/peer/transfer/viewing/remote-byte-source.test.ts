import { beforeEach, describe, expect, test } from 'vitest';
import type { WatchSource } from '../../../../../peer/peer.ts';
import { createMemoryFile, testBytes } from '../../../../support/transfer/offered-memory.ts';
import { createOwnedFilm } from '../../../../support/transfer/owned-film.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../../support/transfer/transfer-pair.ts';

const mebibyte = 1024 * 1024;
const film = testBytes(8 * mebibyte + 11);
const never = new AbortController().signal;

let { clock, network, edge, file, owner, viewer, createOwner, watch } = createOwnedFilm(film);

beforeEach(() => {
	({ clock, network, edge, file, owner, viewer, createOwner, watch } = createOwnedFilm(film));
});

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
