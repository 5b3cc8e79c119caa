// One web server as a source: what it answers, and when it is asked no more. Answers are made up; real ones are in
// tests/integration/http-seeds.test.ts.
import { describe, expect, it } from 'vitest';
import { GiggityflixError, type ErrorCode } from '../../../../proto/errors.ts';
import { createHttpSeed, type Fetch } from '../../../../peer/swarm/http-seed.ts';
import { testBytes } from '../../../support/transfer/offered-memory.ts';
import { createSleepingClock } from '../../../support/transfer/sleeping-clock.ts';

const file = testBytes(1000);
const torrent = {
	...{ name: 'a.mp4', isFolder: false },
	files: [{ name: 'a.mp4', folder: '', offsetBytes: 0, sizeBytes: file.length }],
};
const range = { offsetBytes: 100, lengthBytes: 50 };
const bytes = file.slice(100, 150);
const never = new AbortController().signal;

interface Asked {
	readonly url: string;
	readonly init: RequestInit | undefined;
}

function openSeed(answer: (signal: AbortSignal) => Response | Promise<Response>) {
	const clock = createSleepingClock();
	const asked: Asked[] = [];
	let dropCount = 0;
	const fetch: Fetch = async (input, init) => {
		asked.push({ url: input as string, init });
		return answer(init?.signal ?? never);
	};
	const seed = createHttpSeed({
		...{ url: 'https://films.example/a.mp4', torrent, fetch, clock },
		onDrop: () => (dropCount += 1),
	});
	return {
		...{ seed, clock, asked },
		dropCount: () => dropCount,
		async read(signal = never, wanted = range) {
			const chunks: Uint8Array[] = [];
			for await (const chunk of seed.read(wanted, signal)) chunks.push(chunk);
			return new Uint8Array(Buffer.concat(chunks));
		},
		async codeOf(reading: Promise<unknown>): Promise<ErrorCode | undefined> {
			return reading.then(
				() => undefined,
				(caught: unknown) => GiggityflixError.from(caught).code,
			);
		},
	};
}

const partial = (
	body: ConstructorParameters<typeof Response>[0],
	headers: Record<string, string> = {},
) => new Response(body, { status: 206, headers });
/** Sends nothing until the request is given up. */
const silent = (signal: AbortSignal) =>
	partial(
		new ReadableStream({
			start: (control) =>
				signal.addEventListener('abort', () => control.error(signal.reason), { once: true }),
		}),
	);

describe('what is asked', () => {
	it('is the range, and tells nothing else', async () => {
		const { read, asked } = openSeed(() =>
			partial(bytes, { 'content-range': 'bytes 100-149/1000' }),
		);
		expect(await read()).toEqual(bytes);
		expect(asked[0]?.url).toBe('https://films.example/a.mp4');
		expect(asked[0]?.init).toMatchObject({
			headers: { range: 'bytes=100-149' },
			...{ credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' },
		});
	});

	it('may be answered with the whole file when that is what was asked for', async () => {
		const { read } = openSeed(() => new Response(file));
		expect(await read(never, { offsetBytes: 0, lengthBytes: 1000 })).toEqual(file);
	});
});

describe('a seed that is of no use', () => {
	it.each<[string, () => Response, ErrorCode]>([
		['knows no ranges', () => new Response(file), 'unsupported'],
		['has no such file', () => new Response('', { status: 404 }), 'not-found'],
		['refuses', () => new Response('', { status: 403 }), 'permission-denied'],
		['has a shorter file', () => new Response('', { status: 416 }), 'corrupt'],
		[
			'sends another range',
			() => partial(bytes, { 'content-range': 'bytes 0-49/1000' }),
			'corrupt',
		],
		['has another file', () => partial(bytes, { 'content-range': 'bytes 100-149/9' }), 'corrupt'],
		['sends too much', () => partial(file), 'corrupt'],
	])('is dropped at once when it %s', async (_, answer, code) => {
		const { read, codeOf, seed, dropCount } = openSeed(answer);
		expect(await codeOf(read())).toBe(code);
		expect([seed.dropped(), dropCount()]).toEqual([code, 1]);
	});

	it.each<[string, () => Response]>([
		['fails', () => new Response('', { status: 500 })],
		['breaks off', () => partial(bytes.slice(1))],
		[
			'cannot be reached',
			() => {
				throw new TypeError('Failed to fetch');
			},
		],
	])('is dropped the third time in a row it %s', async (_, answer) => {
		let isUp = false;
		const { read, codeOf, seed } = openSeed(() => (isUp ? partial(bytes) : answer()));
		const fails = async () => expect(await codeOf(read())).toBe('unavailable');
		await fails();
		await fails();
		isUp = true;
		await read();
		isUp = false;
		await fails();
		await fails();
		expect(seed.dropped()).toBeUndefined();
		await fails();
		expect(seed.dropped()).toBe('unavailable');
	});

	it('is dropped when it keeps silent three times', async () => {
		const { read, codeOf, seed, clock } = openSeed(silent);
		for (let count = 0; count < 3; count += 1) {
			expect(seed.dropped()).toBeUndefined();
			const code = codeOf(read());
			// The answer itself takes a moment.
			await clock.advance(11_000);
			expect(await code).toBe('timed-out');
		}
		expect(seed.dropped()).toBe('timed-out');
		expect(clock.sleeping()).toBe(0);
	});

	it('is dropped when others were faster three times and it had not sent a byte', async () => {
		const { read, codeOf, seed, clock } = openSeed(silent);
		for (const waitMs of [1000, 3000, 3000, 3000]) {
			const stop = new AbortController();
			const code = codeOf(read(stop.signal));
			await clock.advance(waitMs);
			stop.abort(new GiggityflixError('cancelled', 'somebody else had it'));
			expect(await code).toBe('cancelled');
		}
		expect(seed.dropped()).toBe('timed-out');
	});
});
