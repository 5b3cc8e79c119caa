import { beforeEach, describe, expect, it } from 'vitest';
import { hashFromCheckpoint } from '../../../../peer/hashing/hash-from-checkpoint.ts';
import type { HashCheckpoint, HashedFile, Hasher, OpenFile } from '../../../../peer/ports.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import type { OfferId } from '../../../../proto/ids.ts';
import { createMemoryLibraryStore } from '../../../support/peer/memory-library-store.ts';
import { quietLogger } from '../../../support/peer/peer-fixture.ts';

type HashOptions = Parameters<Hasher['hash']>[1];

const offerId = 'offer-1' as OfferId;
const hashed: HashedFile = { sha256: new Uint8Array(32), pieces: new Uint8Array(60) };

let store: ReturnType<typeof createMemoryLibraryStore>;
beforeEach(() => (store = createMemoryLibraryStore()));

const checkpointAt = (hashedBytes: number): HashCheckpoint => ({
	hashedBytes,
	pieces: new Uint8Array(hashedBytes).fill(1),
	sha256State: new Uint8Array([hashedBytes]),
});

function fileOf(modifiedAtMs = 7): OpenFile {
	const read = () => Promise.reject(new Error('the hasher reads'));
	return { sizeBytes: 30, modifiedAtMs, mimeType: '', read };
}

/** One attempt, by a hasher that does `work`: where it went on, and what it came to. */
async function attempt(work: (options: HashOptions) => void = () => undefined, file = fileOf()) {
	const asked: (HashCheckpoint | undefined)[] = [];
	const begunAt: number[] = [];
	const hasher: Hasher = {
		maxFilesAtOnce: 1,
		rest: () => undefined,
		hash: async (_, options) => {
			asked.push(options.resumeFrom);
			await Promise.resolve();
			work(options);
			options.signal.throwIfAborted();
			return hashed;
		},
	};
	const outcome = await hashFromCheckpoint(
		{ hasher, hashCheckpoints: store, logger: quietLogger },
		offerId,
		file,
		{
			pieceLengthBytes: 10,
			onBegin: (hashedBytes) => begunAt.push(hashedBytes),
			onProgress: () => undefined,
			signal: aborting.signal,
		},
	).catch((caught: unknown) => caught);
	return { outcome, asked: asked[0], begunAt };
}

let aborting: AbortController;
beforeEach(() => (aborting = new AbortController()));

/** A first attempt that comes to 20 bytes and is given up. */
async function pauseAtTwenty() {
	const reason = new Error('paused');
	const { outcome } = await attempt(({ onProgress }) => {
		onProgress(10, checkpointAt(10));
		onProgress(20, checkpointAt(20));
		aborting.abort(reason);
	});
	expect(outcome).toBe(reason);
	aborting = new AbortController();
}

describe('hashFromCheckpoint', () => {
	it('begins at the beginning when nothing was kept', async () => {
		expect(await attempt()).toEqual({ outcome: hashed, asked: undefined, begunAt: [0] });
	});

	it('goes on from the last checkpoint of an attempt that was given up, and forgets it when done', async () => {
		await pauseAtTwenty();
		const { outcome, asked, begunAt } = await attempt();
		expect(outcome).toBe(hashed);
		expect(asked).toMatchObject(checkpointAt(20));
		expect(begunAt).toEqual([20]);
		expect(await store.loadCheckpoint(offerId)).toBeUndefined();
	});

	it('begins anew for another version of the file', async () => {
		await pauseAtTwenty();
		expect(await attempt(undefined, fileOf(8))).toMatchObject({ asked: undefined, begunAt: [0] });
	});

	it.each([
		{ code: 'corrupt', kept: undefined },
		{ code: 'not-found', kept: checkpointAt(20) },
	] as const)('after $code it keeps what is of use', async ({ code, kept }) => {
		await pauseAtTwenty();
		const error = new GiggityflixError(code, 'no');
		const { outcome } = await attempt(() => {
			throw error;
		});
		expect(outcome).toBe(error);
		const stored = await store.loadCheckpoint(offerId);
		if (kept) expect(stored).toMatchObject(kept);
		else expect(stored).toBeUndefined();
	});

	it('hashes all the same when nothing can be stored', async () => {
		store.failWith(new GiggityflixError('unavailable', 'the disk is full'));
		const { outcome } = await attempt(({ onProgress }) => onProgress(10, checkpointAt(10)));
		expect(outcome).toBe(hashed);
	});
});
