// The door of programs: an HTTP/2 server for gRPC, gRPC-Web and Connect, with TLS when certificates are
// given and h2c otherwise. Owns connections and their limits; what is served comes as routes.
import { createConnectRouter, type ConnectRouter, type Interceptor } from '@connectrpc/connect';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { readFile } from 'node:fs/promises';
import {
	createSecureServer,
	createServer,
	type Http2SecureServer,
	type Http2Server,
	type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Address, TlsFiles } from '../bus/configuration.ts';
import { maxFrameBytes } from '../proto/limits.ts';
import { createAddressQuota } from './address-quota.ts';
import { plainAddress } from './plain-address.ts';
import { createErrorInterceptor, type DefectLog } from './error-interceptor.ts';
import { createGrpcExchange } from './grpc-exchange.ts';

/** Calls at once on one connection: a peer's stream and a burst of WebRTC steps, with room to spare. */
const maxConcurrentStreams = 100;
/** A connection without a call under way is closed after this. */
const idleTimeoutMs = 5 * 60_000;

export interface GrpcDoor {
	readonly port: number;
	/** Takes no more calls, gives those under way `graceMs` and cuts the rest. A second call waits for the first. */
	close(graceMs: number): Promise<void>;
}

export interface GrpcDoorOptions {
	readonly address: Address;
	readonly tls?: TlsFiles;
	readonly maxConnectionsPerAddress: number;
	readonly routes: (router: ConnectRouter) => void;
	readonly logger: DefectLog;
	/** Largest message of a caller; that of a peer when not given. */
	readonly maxMessageBytes?: number;
	/** Go around every call, before errors are answered. */
	readonly interceptors?: readonly Interceptor[];
}

export async function openGrpcDoor(options: GrpcDoorOptions): Promise<GrpcDoor> {
	const server = await createHttp2Server(options.tls);
	const sessions = new Set<ServerHttp2Session>();
	const quota = createAddressQuota(options.maxConnectionsPerAddress);
	const router = createConnectRouter({
		readMaxBytes: options.maxMessageBytes ?? maxFrameBytes,
		acceptCompression: [compressionGzip, compressionBrotli],
		interceptors: [...(options.interceptors ?? []), createErrorInterceptor(options.logger)],
	});
	options.routes(router);
	server.on('request', createGrpcExchange(router, options.logger));
	server.on('session', (session: ServerHttp2Session) => {
		const address = plainAddress(session.socket.remoteAddress ?? '');
		if (!quota.hasRoom(address)) {
			session.destroy();
			return;
		}
		const place = quota.take(address);
		sessions.add(session);
		session.setTimeout(idleTimeoutMs, () => {
			session.close();
		});
		session.once('close', () => {
			place.giveBack();
			sessions.delete(session);
		});
		// A client that breaks HTTP/2 loses its connection; that concerns nobody else.
		session.on('error', () => undefined);
	});
	await listen(server, options.address);
	let closing: Promise<void> | undefined;
	return {
		port: (server.address() as AddressInfo).port,
		close: (graceMs) => (closing ??= closeServer(server, sessions, graceMs)),
	};
}

async function createHttp2Server(
	tls: TlsFiles | undefined,
): Promise<Http2Server | Http2SecureServer> {
	const limits = { settings: { maxConcurrentStreams }, maxSessionInvalidFrames: 100 };
	if (tls === undefined) return createServer(limits);
	const [cert, key] = await Promise.all([readFile(tls.certFile), readFile(tls.keyFile)]);
	return createSecureServer({ ...limits, cert, key });
}

function listen(server: Http2Server | Http2SecureServer, { host, port }: Address): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen({ host, port }, () => {
			server.off('error', reject);
			resolve();
		});
	});
}

async function closeServer(
	server: Http2Server | Http2SecureServer,
	sessions: ReadonlySet<ServerHttp2Session>,
	graceMs: number,
): Promise<void> {
	const closed = new Promise<void>((resolve) => {
		server.close(() => {
			resolve();
		});
	});
	for (const session of sessions) session.close();
	const cut = setTimeout(() => {
		for (const session of sessions) session.destroy();
	}, graceMs);
	await closed;
	clearTimeout(cut);
}
