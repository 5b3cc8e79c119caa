// The service worker's end of one request of a player: from an HTTP request to status, headers and a body
// pulled chunk by chunk from the page that has the source. Everything HTTP about streams is here and in
// http-range.ts; the worker itself only forwards. What strangers call a file decides nothing but text:
// only media types pass, so that nobody's "film" becomes a page of this origin.
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import { decideRange, type RangeDecision } from './http-range.ts';
import { createDeferred, type Deferred } from '../settling.ts';
import type { StreamCommand, StreamPort, StreamReply } from './stream-protocol.ts';

export interface StreamQuery {
	readonly method: string;
	readonly rangeHeader: string | null;
	/** Whether the answer is to be saved as a file. */
	readonly isDownload: boolean;
}

export interface StreamAnswer {
	readonly status: number;
	readonly headers: Record<string, string>;
	/** Absent when the answer has no body. */
	readonly body?: StreamBody;
}

export interface StreamBody {
	/** The next chunk, `undefined` at the end. Throws when the source fails. One call at a time. */
	pull(): Promise<Uint8Array<ArrayBuffer> | undefined>;
	/** The player went away. */
	cancel(): void;
}

type Port = StreamPort<StreamCommand, StreamReply>;
type Facts = Extract<StreamReply, { type: 'facts' }>;

/** A conversation with one page about one request. */
export interface StreamConversation {
	/** Whether the page has the source. */
	readonly isClaimed: Promise<boolean>;
	answer(query: StreamQuery): Promise<StreamAnswer>;
	close(): void;
}

export function createStreamConversation(port: Port): StreamConversation {
	const claimed = createDeferred<boolean>();
	const replies = createReplyQueue(port, claimed);
	return {
		isClaimed: claimed.promise,
		answer: (query) => answer(port, replies, query),
		close() {
			port.post({ type: 'cancel' });
			port.close();
		},
	};
}

async function answer(port: Port, replies: ReplyQueue, query: StreamQuery): Promise<StreamAnswer> {
	if (query.method !== 'GET' && query.method !== 'HEAD') {
		return { status: 405, headers: { Allow: 'GET, HEAD' } };
	}
	const reply = await replies.next();
	if (reply.type === 'failed') return { status: statusOf(reply.code), headers: {} };
	if (reply.type !== 'facts') throw new GiggityflixError('internal', 'a page answered out of turn');
	const decision = decideRange(query.rangeHeader, reply.sizeBytes);
	const { status, headers, range } = describe(reply, decision, query.isDownload);
	if (query.method === 'HEAD' || range === undefined) {
		port.post({ type: 'cancel' });
		return { status, headers };
	}
	port.post({ type: 'read', ...range });
	return { status, headers, body: createBody(port, replies) };
}

function describe(
	facts: Facts,
	decision: RangeDecision,
	isDownload: boolean,
): Pick<StreamAnswer, 'status' | 'headers'> & {
	range?: { offsetBytes: number; lengthBytes: number };
} {
	const { sizeBytes } = facts;
	const headers = headersOf(facts, isDownload);
	switch (decision.kind) {
		case 'full':
			headers['Content-Length'] = String(sizeBytes);
			return { status: 200, headers, range: { offsetBytes: 0, lengthBytes: sizeBytes } };
		case 'partial': {
			const { offsetBytes, lengthBytes } = decision.range;
			const lastByte = offsetBytes + lengthBytes - 1;
			headers['Content-Length'] = String(lengthBytes);
			headers['Content-Range'] = `bytes ${offsetBytes}-${lastByte}/${sizeBytes}`;
			return { status: 206, headers, range: decision.range };
		}
		case 'unsatisfiable':
			headers['Content-Range'] = `bytes */${sizeBytes}`;
			return { status: 416, headers };
	}
}

function headersOf(facts: Facts, isDownload: boolean): Record<string, string> {
	const headers: Record<string, string> = {
		'Accept-Ranges': 'bytes',
		'Cache-Control': 'no-store',
		'Content-Type': safeTypeOf(facts.mimeType),
		'X-Content-Type-Options': 'nosniff',
		// Should a browser show it as a page after all, it may do nothing.
		'Content-Security-Policy': "sandbox; default-src 'none'; media-src 'self'",
		'Last-Modified': new Date(facts.modifiedAtMs).toUTCString(),
	};
	if (isDownload) headers['Content-Disposition'] = dispositionOf(facts.fileName);
	return headers;
}

/** Media and subtitles keep their type, all else is bytes. */
function safeTypeOf(mimeType: string): string {
	if (/^(video|audio)\/[a-z0-9.+-]+$/i.test(mimeType) || mimeType === 'text/vtt') return mimeType;
	return mimeType === 'text/plain' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}

/** RFC 6266 with the name in RFC 8187's form, which carries every script and nothing else. */
function dispositionOf(fileName: string): string {
	const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
		/['()*!]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
	return `attachment; filename*=UTF-8''${encoded}`;
}

function statusOf(code: ErrorCode): number {
	if (code === 'not-found') return 404;
	if (code === 'permission-denied' || code === 'unauthenticated') return 403;
	if (code === 'corrupt') return 410;
	return code === 'internal' ? 500 : 503;
}

function createBody(port: Port, replies: ReplyQueue): StreamBody {
	return {
		async pull() {
			port.post({ type: 'pull' });
			const reply = await replies.next();
			if (reply.type === 'chunk') return reply.bytes;
			port.close();
			if (reply.type === 'end') return undefined;
			const code = reply.type === 'failed' ? reply.code : 'internal';
			throw new GiggityflixError(code, 'the source failed while it was read');
		},
		cancel() {
			port.post({ type: 'cancel' });
			port.close();
		},
	};
}

interface ReplyQueue {
	next(): Promise<StreamReply>;
}

function createReplyQueue(port: Port, claimed: Deferred<boolean>): ReplyQueue {
	const queue: StreamReply[] = [];
	let waiting: ((reply: StreamReply) => void) | undefined;
	port.listen((reply) => {
		if (reply.type === 'claimed' || reply.type === 'unknown') {
			claimed.resolve(reply.type === 'claimed');
			return;
		}
		if (waiting === undefined) {
			queue.push(reply);
			return;
		}
		waiting(reply);
		waiting = undefined;
	});
	return {
		next: () =>
			new Promise((resolve) => {
				const reply = queue.shift();
				if (reply === undefined) waiting = resolve;
				else resolve(reply);
			}),
	};
}
