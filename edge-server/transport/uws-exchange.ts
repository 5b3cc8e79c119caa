// Carries a fetch-style exchange over µWS: reads the body within its limit, writes the response at the
// pace of its reader, and touches nothing once the client is gone. Belongs to uws-listener.ts.
import { STATUS_CODES } from 'node:http';
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { plainAddress } from '../../doors/plain-address.ts';
import { exchange, isBodiless, plainResponse } from './http-exchange.ts';
import type { ListenerOptions } from './listener.ts';

/** Answers one request. Never rejects. µWS allows `request` to be read before the first await only. */
export async function answerOverUws(
	response: HttpResponse,
	request: HttpRequest,
	options: ListenerOptions,
): Promise<void> {
	const aborted = new AbortController();
	response.onAborted(() => {
		aborted.abort(new Error('the client went away'));
	});
	// Declared as a string, and undefined when there is no question mark.
	const query = request.getQuery() as string | undefined;
	const raw = {
		method: request.getCaseSensitiveMethod().toUpperCase(),
		target: query === undefined ? request.getUrl() : `${request.getUrl()}?${query}`,
		headers: headersOf(request),
		isSecure: options.tls !== undefined,
		context: { remoteAddress: plainAddress(textAddress(response)) },
		signal: aborted.signal,
	};
	try {
		const body = await readBody(response, raw.headers, options.maxBodyBytes, aborted.signal);
		const answer =
			body === 'too-large'
				? plainResponse(413, 'request body too large')
				: await exchange({ ...raw, body }, options.fetch, options.onError);
		await writeResponse(answer, raw.method, response, aborted.signal);
	} catch (error) {
		if (aborted.signal.aborted) return;
		// The body of the response broke off: there is nothing left to say it with.
		options.onError(error);
		response.close();
	}
}

export function headersOf(request: HttpRequest): Headers {
	const headers = new Headers();
	request.forEach((name, value) => {
		headers.append(name, value);
	});
	return headers;
}

export function textAddress(response: HttpResponse): string {
	const text = new TextDecoder().decode(response.getRemoteAddressAsText());
	// µWS writes all eight groups of an IPv6 address; the URL parser shortens them as Node does.
	const address = text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
	const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(address);
	if (mapped === null) return address;
	const bits = (parseInt(mapped[1] ?? '', 16) << 16) | parseInt(mapped[2] ?? '', 16);
	return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** The whole body; what is beyond the limit is thrown away. Rejects when the client goes away. */
function readBody(
	response: HttpResponse,
	headers: Headers,
	maxBytes: number,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | 'too-large' | undefined> {
	return new Promise((resolve, reject) => {
		let chunks: Uint8Array[] = [];
		let sizeBytes = Number(headers.get('content-length') ?? 0) > maxBytes ? Infinity : 0;
		if (sizeBytes > maxBytes) resolve('too-large');
		signal.addEventListener('abort', () => {
			reject(signal.reason as Error);
		});
		response.onData((chunk, isLast) => {
			sizeBytes += chunk.byteLength;
			if (sizeBytes > maxBytes) {
				chunks = [];
				resolve('too-large');
				return;
			}
			if (chunk.byteLength > 0) chunks.push(new Uint8Array(chunk.slice(0)));
			if (isLast) resolve(chunks.length === 0 ? undefined : new Uint8Array(Buffer.concat(chunks)));
		});
	});
}

async function writeResponse(
	answer: Response,
	method: string,
	response: HttpResponse,
	signal: AbortSignal,
): Promise<void> {
	// A call, because the client may go away during every await.
	const isGone = (): boolean => signal.aborted;
	if (isGone() || answer.body === null || isBodiless(method, answer.status)) {
		await answer.body?.cancel();
		if (isGone()) return;
		response.cork(() => {
			writeHead(response, answer);
			const length = reportedLength(answer, method);
			// An undefined argument would be taken for a number.
			if (length === undefined) response.endWithoutBody();
			else response.endWithoutBody(length);
		});
		return;
	}
	const reader = answer.body.getReader();
	const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
	signal.addEventListener('abort', cancel, { once: true });
	response.cork(() => {
		writeHead(response, answer);
	});
	const length = answer.headers.get('content-length');
	if (length === null) await writeChunked(response, reader, signal);
	else await writeMeasured(response, reader, signal, Number(length));
}

/** What a response without a body says of its length: what GET would send, nothing, or 0. */
function reportedLength(answer: Response, method: string): number | undefined {
	if (answer.status === 204 || answer.status === 304) return undefined;
	const length = answer.headers.get('content-length');
	if (length !== null) return Number(length);
	return method === 'HEAD' ? undefined : 0;
}

function writeHead(response: HttpResponse, answer: Response): void {
	const phrase = STATUS_CODES[answer.status] ?? 'Unknown';
	response.writeStatus(`${answer.status} ${phrase}`);
	for (const [name, value] of answer.headers) {
		// µWS writes these itself.
		if (name !== 'content-length' && name !== 'date') response.writeHeader(name, value);
	}
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

async function writeChunked(
	response: HttpResponse,
	reader: Reader,
	signal: AbortSignal,
): Promise<void> {
	const isGone = (): boolean => signal.aborted;
	for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
		if (isGone()) return;
		if (chunk.value.length === 0) continue;
		const progress = { isWritten: true };
		const { value } = chunk;
		response.cork(() => {
			progress.isWritten = response.write(value);
		});
		if (!progress.isWritten) await untilWritable(response, signal, () => true);
	}
	if (!isGone()) response.cork(() => response.end());
}

/** With a known length µWS takes what the socket takes, and asks again for the rest of the chunk. */
async function writeMeasured(
	response: HttpResponse,
	reader: Reader,
	signal: AbortSignal,
	totalBytes: number,
): Promise<void> {
	const isGone = (): boolean => signal.aborted;
	for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
		if (isGone()) return;
		if (chunk.value.length === 0) continue;
		if (await writeWhole(response, chunk.value, signal, totalBytes)) return;
	}
	if (isGone()) return;
	if (totalBytes > 0) throw new Error('the response body was shorter than its length');
	response.cork(() => response.endWithoutBody(0));
}

/** Writes one chunk to its end; true when the response is complete with it. */
async function writeWhole(
	response: HttpResponse,
	chunk: Uint8Array,
	signal: AbortSignal,
	totalBytes: number,
): Promise<boolean> {
	const startOffset = response.getWriteOffset();
	const progress = { isWritten: true, hasEnded: false };
	const write = (rest: Uint8Array): boolean => {
		[progress.isWritten, progress.hasEnded] = response.tryEnd(rest, totalBytes);
		return progress.isWritten || progress.hasEnded;
	};
	response.cork(() => {
		write(chunk);
	});
	if (!progress.isWritten && !progress.hasEnded) {
		await untilWritable(response, signal, (offset) => write(chunk.subarray(offset - startOffset)));
	}
	return progress.hasEnded;
}

/** Resolves when `proceed` has said yes; rejects when the client goes away. */
function untilWritable(
	response: HttpResponse,
	signal: AbortSignal,
	proceed: (offset: number) => boolean,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const abort = (): void => {
			reject(signal.reason as Error);
		};
		signal.addEventListener('abort', abort, { once: true });
		response.onWritable((offset) => {
			const isDone = proceed(offset);
			if (isDone) {
				signal.removeEventListener('abort', abort);
				resolve();
			}
			return isDone;
		});
	});
}
