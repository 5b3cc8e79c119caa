// What the service worker and a page say to each other about one request of a player, over a MessagePort
// made for it, and the types both ends share. The worker asks (stream-responder.ts), the page answers
// (stream-server.ts); neither is named for its platform, so both run and are tested anywhere.
import type { ErrorCode } from '../../../proto/errors.ts';

/** First part of the path of every stream; the second is the key that names the source. */
export const streamPath = '/stream/';

/** Sent to a page with a port, to ask whether it has the source. */
export interface StreamRequest {
	readonly type: 'giggityflix-stream';
	readonly key: string;
	/** 0 for the film. */
	readonly sideCar: number;
}

/** Sent by a page whose streams run, because a worker that hears nothing is stopped after 30 s. */
export interface StreamKeepAlive {
	readonly type: 'giggityflix-keep-alive';
}

/** From the worker. */
export type StreamCommand =
	| { readonly type: 'read'; readonly offsetBytes: number; readonly lengthBytes: number }
	/** One chunk more. */
	| { readonly type: 'pull' }
	/** Nothing more is wanted. */
	| { readonly type: 'cancel' };

/** From the page. */
export type StreamReply =
	/** This page has the source; facts follow, which may take as long as its owner is away. */
	| { readonly type: 'claimed' }
	| { readonly type: 'unknown' }
	| {
			readonly type: 'facts';
			readonly sizeBytes: number;
			readonly modifiedAtMs: number;
			readonly mimeType: string;
			readonly fileName: string;
	  }
	| { readonly type: 'chunk'; readonly bytes: Uint8Array<ArrayBuffer> }
	| { readonly type: 'end' }
	| { readonly type: 'failed'; readonly code: ErrorCode };

/** One end of a MessagePort. Messages before `listen` are kept. */
export interface StreamPort<Sent, Received> {
	post(message: Sent, transfer?: ArrayBuffer): void;
	listen(onMessage: (message: Received) => void): void;
	close(): void;
}
