// The listener on `ws` and Node's own HTTP server: the twin that takes over where the native one cannot
// load. Owns the idle sweep that `ws` has not. Replaceable by anything that passes the listener contract.
import { readFile } from 'node:fs/promises';
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { plainAddress } from '../../doors/plain-address.ts';
import {
	closeGoingAway,
	fitReason,
	type Listener,
	type ListenerOptions,
	type Socket,
	type SocketHandlers,
	type SocketRoute,
} from './listener.ts';
import { answerOverNode, headersOf } from './node-exchange.ts';

/** A client that takes longer to send its headers, or a whole request, is cut (slow loris). */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/** A closing handshake the other side does not answer is over after this. */
const closeTimeoutMs = 2_000;

export async function openWsListener(options: ListenerOptions): Promise<Listener> {
	const server = await createHttpServer(options);
	const sockets = new Set<WebSocket>();
	const upgrades = new Map(
		Object.entries(options.sockets).map(([path, route]) => [path, createUpgrade(route, sockets)]),
	);
	server.on('request', (request, response) => {
		void answerOverNode(request, response, options);
	});
	server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
		const upgrade = upgrades.get((request.url ?? '').replace(/\?.*$/s, ''));
		const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
		if (isWebSocket && upgrade !== undefined) upgrade(request, stream, head, isTls(options));
		else answerWithoutUpgrade(server, request, stream);
	});
	await listen(server, options);
	let closing: Promise<void> | undefined;
	return {
		kind: 'ws',
		port: (server.address() as AddressInfo).port,
		close: (graceMs) => (closing ??= closeListener(server, sockets, graceMs)),
	};
}

async function createHttpServer(options: ListenerOptions): Promise<Server> {
	const limits = {
		headersTimeout: headersTimeoutMs,
		requestTimeout: requestTimeoutMs,
		connectionsCheckingInterval: 5_000,
		maxHeaderSize: 16 * 1024,
	};
	if (options.tls === undefined) return createServer(limits);
	const [cert, key] = await Promise.all([
		readFile(options.tls.certFile),
		readFile(options.tls.keyFile),
	]);
	return createTlsServer({ ...limits, cert, key });
}

type Upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer, isSecure: boolean) => void;

function createUpgrade(route: SocketRoute, sockets: Set<WebSocket>): Upgrade {
	const server = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		perMessageDeflate: false,
		maxPayload: route.maxPayloadBytes,
		// Its own pongs would be buffered without bound for a client that pings and never reads.
		autoPong: false,
	});
	return (request, stream, head, isSecure) => {
		const decision = route.decide({
			headers: headersOf(request),
			remoteAddress: plainAddress(request.socket.remoteAddress ?? ''),
			isSecure,
		});
		if (decision.kind === 'refuse') {
			refuse(stream, decision.status, decision.reason);
			return;
		}
		server.handleUpgrade(request, stream, head, (webSocket) => {
			sockets.add(webSocket);
			webSocket.once('close', () => sockets.delete(webSocket));
			attach(webSocket, route, decision.open);
		});
	};
}

function attach(
	webSocket: WebSocket,
	route: SocketRoute,
	open: (socket: Socket) => SocketHandlers,
): void {
	const encoding = route.textEncoding ?? 'utf8';
	const handlers = open({
		send(content) {
			if (webSocket.readyState !== WebSocket.OPEN) return;
			if (webSocket.bufferedAmount + content.length > route.maxBufferedBytes) {
				webSocket.terminate();
				return;
			}
			const isText = typeof content === 'string';
			const bytes = isText ? Buffer.from(content, encoding) : content;
			webSocket.send(bytes, { binary: !isText }, (error) => {
				// Node says null where the declared type says undefined.
				if (!(error instanceof Error) && webSocket.bufferedAmount === 0) handlers.drain();
			});
		},
		// `ws` corks every frame by itself and leaves no way to cork several.
		cork: (write) => write(),
		bufferedBytes: () => webSocket.bufferedAmount,
		close(code, reason) {
			webSocket.close(code, fitReason(reason));
			cutAfter(webSocket, closeTimeoutMs);
		},
	});
	const stopSweep = sweepWhenIdle(webSocket, route.idleTimeoutMs);
	webSocket.on('message', (content: Buffer, isBinary) => {
		handlers.message(isBinary ? content : content.toString(encoding));
	});
	webSocket.on('ping', (payload) => {
		if (webSocket.bufferedAmount < route.maxBufferedBytes) webSocket.pong(payload);
	});
	webSocket.on('close', () => {
		stopSweep();
		handlers.closed();
	});
	// A broken frame or a reset connection: 'close' follows, and the owner hears of it there.
	webSocket.on('error', () => undefined);
}

/** Pings in every half of the time-out and cuts a socket that stayed silent through two of them. */
function sweepWhenIdle(webSocket: WebSocket, idleTimeoutMs: number): () => void {
	let silentSweeps = 0;
	const heard = (): void => {
		silentSweeps = 0;
	};
	webSocket.on('message', heard).on('ping', heard).on('pong', heard);
	const timer = setInterval(() => {
		silentSweeps += 1;
		if (silentSweeps > 2) webSocket.terminate();
		else webSocket.ping();
	}, idleTimeoutMs / 2);
	return () => {
		clearInterval(timer);
	};
}

function cutAfter(webSocket: WebSocket, delayMs: number): void {
	const timer = setTimeout(() => {
		webSocket.terminate();
	}, delayMs);
	webSocket.once('close', () => {
		clearTimeout(timer);
	});
}

function refuse(stream: Duplex, status: number, reason: string): void {
	stream.on('error', () => undefined);
	const body = `${reason}\n`;
	stream.end(
		`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
			'X-Content-Type-Options: nosniff\r\n' +
			`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
}

/**
 * Node hands over every request with an Upgrade header once somebody listens for upgrades. One that asks for
 * something else (curl asks for h2c) is answered as if it had not asked, as RFC 9110 §7.8 allows.
 */
function answerWithoutUpgrade(server: Server, request: IncomingMessage, stream: Duplex): void {
	const response = new ServerResponse(request);
	response.shouldKeepAlive = false;
	response.assignSocket(request.socket);
	stream.on('error', () => undefined);
	response.once('finish', () => {
		stream.end();
	});
	server.emit('request', request, response);
}

function isTls(options: ListenerOptions): boolean {
	return options.tls !== undefined;
}

function listen(server: Server, { host, port }: ListenerOptions): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen({ host, port }, () => {
			server.off('error', reject);
			resolve();
		});
	});
}

async function closeListener(
	server: Server,
	sockets: ReadonlySet<WebSocket>,
	graceMs: number,
): Promise<void> {
	const closed = new Promise<void>((resolve) => {
		server.close(() => {
			resolve();
		});
	});
	server.closeIdleConnections();
	for (const webSocket of sockets) {
		webSocket.close(closeGoingAway, 'the edge is going away');
		cutAfter(webSocket, Math.min(graceMs, closeTimeoutMs));
	}
	const cut = setTimeout(() => {
		server.closeAllConnections();
		for (const webSocket of sockets) webSocket.terminate();
	}, graceMs);
	await closed;
	clearTimeout(cut);
}
