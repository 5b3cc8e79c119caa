// How files are shared out among workers, and how much of them is in memory at once.
import { beforeEach, describe, expect, it } from 'vitest';
import type { HashCheckpoint, HashedFile, OpenFile } from '../../../../peer/ports.ts';
import { workerHasher } from '../../../../web/lib/workers/worker-hasher.ts';
import type { LineWorker } from '../../../../web/lib/workers/worker-line.ts';

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;
const hashed: HashedFile = { sha256: new Uint8Array(32), pieces: new Uint8Array(20) };

interface Asked {
	readonly type: string;
	readonly id: number;
	readonly input: { readonly isWholeInMemory: boolean; readonly pieceLengthBytes: number };
}

/** A worker that answers when the test says so. */
class HandWorker extends EventTarget {
	asked: Asked[] = [];
	isTerminated = false;

	postMessage(command: Asked): void {
		this.asked.push(command);
	}

	say(response: object): void {
		const data = { id: this.asked.at(-1)!.id, ...response };
		this.dispatchEvent(new MessageEvent('message', { data }));
	}

	terminate(): void {
		this.isTerminated = true;
	}
}

let workers: HandWorker[];
beforeEach(() => (workers = []));

function pool(coreCount: number, memoryGibibytes = 8) {
	return workerHasher({
		startWorker: () => {
			const worker = new HandWorker();
			workers.push(worker);
			return worker as unknown as LineWorker;
		},
		coreCount,
		memoryGibibytes,
	});
}

function fileOf(sizeBytes: number): OpenFile {
	const native = new File([], 'film.mp4');
	const read = () => Promise.reject(new Error('the worker reads'));
	return { sizeBytes, modifiedAtMs: 0, mimeType: '', read, native };
}

function hash(
	hasher: ReturnType<typeof pool>,
	sizeBytes: number,
	{
		signal = never,
		onProgress = (_: number): void => undefined,
		resumeFrom = undefined as HashCheckpoint | undefined,
	} = {},
) {
	const answer = hasher.hash(fileOf(sizeBytes), {
		...{ pieceLengthBytes: 262_144, resumeFrom, onProgress, signal },
	});
	answer.catch(() => undefined);
	return answer;
}

const turn = () => new Promise((resolve) => setTimeout(resolve));
const isWhole = (index: number) => workers[index]!.asked.at(-1)!.input.isWholeInMemory;

describe('workerHasher', () => {
	it.each([
		[1, 1],
		[2, 1],
		[3, 1],
		[8, 4],
	])('of %i cores hashes %i files at once, by two workers each', (cores, files) => {
		expect(pool(cores).maxFilesAtOnce).toBe(files);
	});

	it('gives each file a worker of its own, and a free one to the next', async () => {
		const hasher = pool(4);
		const first = hash(hasher, 5);
		void hash(hasher, 5);
		await turn();
		expect(workers.map(({ asked }) => asked.length)).toEqual([1, 1]);
		workers[0]!.say({ ok: true, output: hashed });
		expect(await first).toEqual(hashed);
		void hash(hasher, 5);
		await turn();
		expect(workers.map(({ asked }) => asked.length)).toEqual([2, 1]);
	});

	it('passes progress on', async () => {
		const hasher = pool(2);
		const progress: number[] = [];
		const answer = hash(hasher, 5, { onProgress: (bytes) => progress.push(bytes) });
		await turn();
		workers[0]!.say({ progress: { hashedBytes: 2 } });
		workers[0]!.say({ progress: { hashedBytes: 5 } });
		workers[0]!.say({ ok: true, output: hashed });
		await answer;
		expect(progress).toEqual([2, 5]);
	});

	it('keeps one large file in memory at a time, and none beyond a gibibyte', async () => {
		const hasher = pool(6);
		const first = hash(hasher, 1024 * mebibyte);
		void hash(hasher, 900 * mebibyte);
		void hash(hasher, 64 * mebibyte);
		await turn();
		expect([isWhole(0), isWhole(1), isWhole(2)]).toEqual([true, false, true]);
		workers[0]!.say({ ok: true, output: hashed });
		await first;
		void hash(hasher, 1024 * mebibyte + 1);
		await turn();
		expect(isWhole(0)).toBe(false);
	});

	it('goes on bit by bit with what was begun so', async () => {
		const resumeFrom = {
			hashedBytes: 16 * mebibyte,
			pieces: new Uint8Array(1280),
			sha256State: new Uint8Array(112),
		};
		void hash(pool(2), 900 * mebibyte, { resumeFrom });
		await turn();
		expect(isWhole(0)).toBe(false);
		expect(workers[0]!.asked[0]!.input).toMatchObject({ resumeFrom });
	});

	it('keeps at most an eighth of the memory of the device', async () => {
		const hasher = pool(4, 2);
		void hash(hasher, 257 * mebibyte);
		void hash(hasher, 256 * mebibyte);
		await turn();
		expect([isWhole(0), isWhole(1)]).toEqual([false, true]);
	});

	it('ends the worker of an aborted file and gives its room to the next', async () => {
		const hasher = pool(2);
		const aborting = new AbortController();
		const aborted = hash(hasher, 900 * mebibyte, { signal: aborting.signal });
		await turn();
		aborting.abort(new Error('paused'));
		await expect(aborted).rejects.toThrow('paused');
		expect(workers[0]!.isTerminated).toBe(true);
		void hash(hasher, 900 * mebibyte);
		await turn();
		expect(isWhole(1)).toBe(true);
	});

	it('tells every file in progress to rest, in its own worker', async () => {
		const hasher = pool(4);
		void hash(hasher, 5);
		void hash(hasher, 5);
		await turn();
		hasher.rest();
		expect(workers.map(({ asked }) => asked.map(({ type }) => type))).toEqual([
			['hash', 'rest'],
			['hash', 'rest'],
		]);
	});

	it('refuses a file of another platform', async () => {
		const file = { ...fileOf(5), native: '/films/a.mp4' };
		const options = { pieceLengthBytes: 262_144, onProgress: () => undefined, signal: never };
		await expect(pool(2).hash(file, options)).rejects.toMatchObject({ code: 'unsupported' });
	});
});
