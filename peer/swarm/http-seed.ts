// A web server that has a torrent's files, as one source of the mix (BEP 19): ranges over HTTP. Rule: it is believed
// nothing; one that cannot send ranges, has not got the files, keeps silent or fails again and again is asked no more.
// Knows nothing of who else sends. Answers are checked by the mix, piece by piece.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { Clock } from '../ports.ts';
import {
	httpSeedParts,
	type HttpSeedPart,
	type SeededTorrent,
} from '../torrent/http-seed-parts.ts';
import type { ByteRange } from '../transfer/byte-source.ts';
import { isFinal } from '../transfer/pieces/final-reasons.ts';
import { httpAnswerProblem } from './http-seed-answer.ts';

/** As `globalThis.fetch`. */
export type Fetch = typeof globalThis.fetch;

export interface HttpSeedOptions {
	readonly url: string;
	readonly torrent: SeededTorrent;
	readonly fetch: Fetch;
	readonly clock: Clock;
	/** It is asked no more. */
	readonly onDrop: () => void;
}

export interface HttpSeed {
	/** "films.example:8080". */
	readonly host: string;
	/** Ranges of the torrent. Throws `GiggityflixError`. */
	read(
		range: ByteRange,
		signal: AbortSignal,
	): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;
	/** It has sent a bad piece. */
	drop(reason: ErrorCode): void;
	/** Why it is asked no more, once it is not. */
	dropped(): ErrorCode | undefined;
}

type FilePart = Required<HttpSeedPart>;

/** A server that takes longer for its next bytes has stalled. */
const silenceMs = 10_000;
/** Nobody waits for it any more, and it had not sent a byte for so long. */
const slowMs = 3000;
/** In a row. */
const maxFailures = 3;

export function createHttpSeed(options: HttpSeedOptions): HttpSeed {
	const { clock } = options;
	let failures = 0;
	let dropped: ErrorCode | undefined;

	function drop(reason: ErrorCode): void {
		if (dropped !== undefined) return;
		dropped = reason;
		options.onDrop();
	}

	function fail(reason: ErrorCode): void {
		failures += 1;
		// A server that sends no ranges will not learn to.
		const isHopeless = isFinal(reason) || reason === 'unsupported';
		if (isHopeless || failures >= maxFailures) drop(reason);
	}

	async function* read(range: ByteRange, signal: AbortSignal) {
		let heardAtMs = clock.monotonicMs();
		let isJudged = false;
		try {
			for (const part of httpSeedParts(options.url, options.torrent, range)) {
				for await (const chunk of readPart(options, part, signal)) {
					heardAtMs = clock.monotonicMs();
					yield chunk;
				}
			}
			failures = 0;
			isJudged = true;
		} catch (caught) {
			isJudged = !signal.aborted;
			if (isJudged) fail(GiggityflixError.from(caught).code);
			throw caught;
		} finally {
			// Whoever was asked as well was faster, or nobody reads on.
			if (!isJudged && clock.monotonicMs() - heardAtMs >= slowMs) fail('timed-out');
		}
	}

	return { host: new URL(options.url).host, read, drop, dropped: () => dropped };
}

async function* readPart(
	options: HttpSeedOptions,
	{ file, lengthBytes }: HttpSeedPart,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	if (!file) {
		yield new Uint8Array(lengthBytes);
		return;
	}
	const request = new AbortController();
	const either = AbortSignal.any([signal, request.signal]);
	try {
		const response = await inTime(
			options.clock,
			ask(options, { file, lengthBytes }, either),
			either,
		);
		const reader = response.body?.getReader();
		let leftBytes = lengthBytes;
		while (leftBytes > 0) {
			const next = reader && (await inTime(options.clock, reader.read(), either));
			if (!next || next.done) throw unavailable('the HTTP seed has broken off');
			const chunk = Uint8Array.from(next.value);
			if (chunk.length > leftBytes) {
				throw new GiggityflixError('corrupt', 'the HTTP seed sends more than was asked for');
			}
			leftBytes -= chunk.length;
			yield chunk;
		}
	} finally {
		// Also when the reader has gone: nothing more is sent then.
		request.abort(new GiggityflixError('cancelled', 'the range is not read any more'));
	}
}

async function ask(
	{ fetch }: HttpSeedOptions,
	{ file, lengthBytes }: FilePart,
	signal: AbortSignal,
): Promise<Response> {
	if (file.url === undefined) throw new GiggityflixError('not-found', 'its name is no address');
	const lastByte = file.offsetBytes + lengthBytes - 1;
	const response = await fetch(file.url, {
		headers: { range: `bytes=${String(file.offsetBytes)}-${String(lastByte)}` },
		// A stranger's server gets to know nothing but the range; and a film fills no cache of the browser's.
		...{ credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store', signal },
	}).catch((caught: unknown) => {
		signal.throwIfAborted();
		throw unavailable('the HTTP seed cannot be reached', caught);
	});
	const problem = httpAnswerProblem(response, { ...file, lengthBytes });
	if (problem) throw problem;
	return response;
}

/** Throws `timed-out` after a silence, and `signal.reason`. */
async function inTime<Value>(
	clock: Clock,
	work: Promise<Value>,
	signal: AbortSignal,
): Promise<Value> {
	const isDone = new AbortController();
	const silence = clock.sleep(silenceMs, AbortSignal.any([signal, isDone.signal])).then(() => {
		throw new GiggityflixError('timed-out', 'the HTTP seed keeps silent');
	});
	silence.catch(() => undefined);
	work.catch(() => undefined);
	try {
		return await Promise.race([work, silence]);
	} finally {
		isDone.abort();
	}
}

const unavailable = (message: string, cause?: unknown) =>
	new GiggityflixError('unavailable', message, { cause });
