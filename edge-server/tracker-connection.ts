// The tracker over HTTP/2. One connection that is opened when it is needed, pinged while it is used and opened
// again after it broke. Rule: every call ends within its deadline, and whatever says only that the tracker could not
// be reached is `unavailable`.
import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { Address } from '../bus/configuration.ts';
import { TrackerService } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import type { TrackerClient } from './ports.ts';

/** Longest wait for an answer; a caller's own deadline may be shorter. */
const callTimeoutMs = 5_000;
/** A tracker that is gone without a word is noticed within the sum of these. */
const pingIntervalMs = 5_000;
const pingTimeoutMs = 2_000;

export interface TrackerConnection {
	readonly client: TrackerClient;
	/** Breaks off calls under way. */
	close(): void;
}

export interface TrackerAddress extends Address {
	/** Speak TLS. */
	readonly isSecure: boolean;
	/** Certificates to trust, in PEM; those of the system when not given. */
	readonly trusted?: string;
}

export function connectTracker({
	host,
	port,
	isSecure,
	trusted,
}: TrackerAddress): TrackerConnection {
	const authority = host.includes(':') ? `[${host}]` : host;
	const baseUrl = `${isSecure ? 'https' : 'http'}://${authority}:${port}`;
	const sessionManager = new Http2SessionManager(
		baseUrl,
		{ pingIntervalMs, pingTimeoutMs },
		trusted === undefined ? {} : { ca: trusted },
	);
	const transport = createGrpcTransport({
		baseUrl,
		sessionManager,
		defaultTimeoutMs: callTimeoutMs,
		interceptors: [unreachableIsUnavailable],
	});
	return {
		client: createClient(TrackerService, transport),
		close: () => sessionManager.abort(),
	};
}

/** To Connect a connection that breaks under a call is Aborted, Canceled, Internal or Unknown. */
const unreachableIsUnavailable: Interceptor = (next) => async (request) => {
	try {
		return await next(request);
	} catch (caught) {
		const error = ConnectError.from(caught);
		if (request.signal.aborted || !isOfTheConnection(error)) throw error;
		const message = `the tracker cannot be reached: ${error.rawMessage}`;
		throw new ConnectError(message, Code.Unavailable, undefined, undefined, caught);
	}
};

function isOfTheConnection({ code, cause }: ConnectError): boolean {
	if (code === Code.Aborted || code === Code.Canceled) return true;
	return (code === Code.Internal || code === Code.Unknown) && cause instanceof Error;
}
