// Carries a fetch-style exchange over Node's HTTP/1 server: reads the body within its limit, writes the
// response at the pace of its reader. Belongs to ws-listener.ts.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainAddress } from '../../doors/plain-address.ts';
import { exchange, isBodiless, plainResponse } from './http-exchange.ts';
import type { ListenerOptions } from './listener.ts';

/** Answers one request. Never rejects. */
export async function answerOverNode(
	request: IncomingMessage,
	response: ServerResponse,
	options: ListenerOptions,
): Promise<void> {
	const aborted = new AbortController();
	response.once('close', () => {
		if (!response.writableFinished) aborted.abort(new Error('the client went away'));
	});
	try {
		const body = await readBody(request, options.maxBodyBytes);
		const answer =
			body === 'too-large'
				? plainResponse(413, 'request body too large')
				: await exchange(
						{
							method: request.method ?? 'GET',
							target: request.url ?? '',
							headers: headersOf(request),
							body,
							isSecure: options.tls !== undefined,
							context: { remoteAddress: plainAddress(request.socket.remoteAddress ?? '') },
							signal: aborted.signal,
						},
						options.fetch,
						options.onError,
					);
		if (body === 'too-large') response.setHeader('connection', 'close');
		await writeResponse(answer, request.method ?? 'GET', response, aborted.signal);
	} catch (error) {
		// The body of the request or of the response broke off: there is nothing left to say it with.
		if (!aborted.signal.aborted) options.onError(error);
		response.destroy();
	}
}

export function headersOf(request: IncomingMessage): Headers {
	const headers = new Headers();
	for (const [name, values] of Object.entries(request.headersDistinct)) {
		for (const value of values ?? []) headers.append(name, value);
	}
	return headers;
}

/** The whole body; what is beyond the limit is read and thrown away, so that the answer still gets through. */
function readBody(
	request: IncomingMessage,
	maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | 'too-large' | undefined> {
	return new Promise((resolve, reject) => {
		let chunks: Buffer[] = [];
		let sizeBytes = Number(request.headers['content-length'] ?? 0) > maxBytes ? Infinity : 0;
		if (sizeBytes > maxBytes) resolve('too-large');
		request.on('data', (chunk: Buffer) => {
			sizeBytes += chunk.length;
			if (sizeBytes <= maxBytes) {
				chunks.push(chunk);
				return;
			}
			chunks = [];
			resolve('too-large');
		});
		request.once('end', () => {
			resolve(chunks.length === 0 ? undefined : new Uint8Array(Buffer.concat(chunks)));
		});
		request.once('error', reject);
	});
}

async function writeResponse(
	answer: Response,
	method: string,
	response: ServerResponse,
	signal: AbortSignal,
): Promise<void> {
	for (const [name, value] of answer.headers) response.appendHeader(name, value);
	response.writeHead(answer.status);
	if (answer.body === null || isBodiless(method, answer.status)) {
		await answer.body?.cancel();
		response.end();
		return;
	}
	const reader = answer.body.getReader();
	const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
	signal.addEventListener('abort', cancel, { once: true });
	if (signal.aborted) cancel();
	for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
		if (!response.write(chunk.value)) await once(response, 'drain', { signal });
	}
	if (!signal.aborted) response.end();
}
