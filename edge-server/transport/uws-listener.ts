// The listener on uWebSockets.js, loaded when it is opened because its binary does not exist for every
// platform. Owns the translation of µWS's callbacks and of its rule that a closed socket may not be touched. What it
// keeps of a socket is a class, as everything of which there are thousands: they share their methods.
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import type { TemplatedApp, us_listen_socket, WebSocket } from 'uWebSockets.js';
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
import { answerOverUws, headersOf, textAddress } from './uws-exchange.ts';

/** µWS counts idle time in steps of 4 seconds and takes 8 to 960. */
const idleStepSeconds = 4;

/** Everything of one socket; µWS keeps it and hands it back. */
interface Attached {
	/** Until it is open. */
	open: ((socket: Socket) => SocketHandlers) | undefined;
	handlers: SocketHandlers | undefined;
	isOpen: boolean;
}

/** Throws when the binary cannot be loaded or the port is taken. */
export async function openUwsListener(options: ListenerOptions): Promise<Listener> {
	const uws = await import('uWebSockets.js');
	const app = options.tls === undefined ? uws.App() : await createTlsApp(uws.SSLApp, options.tls);
	const sockets = new Set<WebSocket<Attached>>();
	const exchanges = new Set<Promise<void>>();
	for (const [path, route] of Object.entries(options.sockets)) {
		addSocketRoute(app, path, route, sockets, options.tls !== undefined);
	}
	app.any('/*', (response, request) => {
		const running = answerOverUws(response, request, options);
		exchanges.add(running);
		void running.finally(() => exchanges.delete(running));
	});
	const listening = await listen(app, options);
	const close = async (graceMs: number): Promise<void> => {
		uws.us_listen_socket_close(listening);
		for (const socket of sockets) socket.end(closeGoingAway, 'the edge is going away');
		await settledWithin(exchanges, graceMs);
		app.close();
	};
	// µWS reads freed memory when a listen socket is closed twice.
	let closing: Promise<void> | undefined;
	return {
		kind: 'uws',
		port: uws.us_socket_local_port(listening),
		close: (graceMs) => (closing ??= close(graceMs)),
	};
}

async function createTlsApp(
	createApp: (files: { cert_file_name: string; key_file_name: string }) => TemplatedApp,
	{ certFile, keyFile }: NonNullable<ListenerOptions['tls']>,
): Promise<TemplatedApp> {
	// µWS only says that construction failed; this names the file.
	await Promise.all([access(certFile), access(keyFile)]);
	return createApp({ cert_file_name: certFile, key_file_name: keyFile });
}

async function listen(app: TemplatedApp, options: ListenerOptions): Promise<us_listen_socket> {
	const { host, port } = options;
	await requireFree(host, port);
	return new Promise((resolve, reject) => {
		app.listen(host, port, (socket) => {
			// µWS does not say why. It is nearly always this, and main.ts has words for it.
			if (socket === false) {
				const error = new Error(`cannot listen on ${host}:${port}`);
				reject(Object.assign(error, { code: 'EADDRINUSE' }));
			} else resolve(socket);
		});
	});
}

/**
 * µWS shares its port with any program that shares it too (SO_REUSEPORT), which another Giggityflix does. Asked
 * for an exclusive port it also refuses one whose last connections linger in TIME_WAIT, which is every restart.
 * So this asks whether anybody answers.
 */
async function requireFree(host: string, port: number): Promise<void> {
	if (port === 0) return;
	const probe = connect({
		host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host,
		port,
	});
	try {
		await once(probe, 'connect');
	} catch {
		return;
	} finally {
		probe.destroy();
	}
	throw Object.assign(new Error(`${host}:${port} is taken`), { code: 'EADDRINUSE' });
}

function addSocketRoute(
	app: TemplatedApp,
	path: string,
	route: SocketRoute,
	sockets: Set<WebSocket<Attached>>,
	isSecure: boolean,
): void {
	app.ws<Attached>(path, {
		maxPayloadLength: route.maxPayloadBytes,
		maxBackpressure: route.maxBufferedBytes,
		closeOnBackpressureLimit: true,
		idleTimeout: idleTimeoutSeconds(route.idleTimeoutMs),
		sendPingsAutomatically: true,
		upgrade(response, request, context) {
			const headers = headersOf(request);
			const decision = route.decide({
				headers,
				remoteAddress: plainAddress(textAddress(response)),
				isSecure,
			});
			if (decision.kind === 'refuse') {
				response.writeStatus(`${decision.status} Refused`);
				response.writeHeader('content-type', 'text/plain; charset=utf-8');
				response.writeHeader('x-content-type-options', 'nosniff');
				response.end(`${decision.reason}\n`, true);
				return;
			}
			response.upgrade<Attached>(
				{ open: decision.open, handlers: undefined, isOpen: true },
				headers.get('sec-websocket-key') ?? '',
				headers.get('sec-websocket-protocol') ?? '',
				headers.get('sec-websocket-extensions') ?? '',
				context,
			);
		},
		open(webSocket) {
			sockets.add(webSocket);
			const attached = webSocket.getUserData();
			attached.handlers = attached.open?.(new UwsSocket(webSocket, route));
			attached.open = undefined;
		},
		message(webSocket, content, isBinary) {
			// The buffer is µWS's own and empty after this call. Node's pool is where a copy of few bytes costs least.
			const kept = isBinary
				? Buffer.from(new Uint8Array(content))
				: Buffer.from(content).toString(route.textEncoding ?? 'utf8');
			webSocket.getUserData().handlers?.message(kept);
		},
		drain: (webSocket) => webSocket.getUserData().handlers?.drain(),
		close(webSocket) {
			sockets.delete(webSocket);
			const attached = webSocket.getUserData();
			attached.isOpen = false;
			// µWS calls this from inside `end` and `close`; the owner hears of it when its own call has returned.
			queueMicrotask(() => attached.handlers?.closed());
		},
	});
}

class UwsSocket implements Socket {
	readonly #webSocket: WebSocket<Attached>;
	readonly #attached: Attached;
	readonly #route: SocketRoute;

	constructor(webSocket: WebSocket<Attached>, route: SocketRoute) {
		this.#webSocket = webSocket;
		this.#attached = webSocket.getUserData();
		this.#route = route;
	}

	send(content: Uint8Array | string): void {
		if (!this.#attached.isOpen) return;
		const { maxBufferedBytes, textEncoding } = this.#route;
		if (this.#webSocket.getBufferedAmount() + content.length > maxBufferedBytes) {
			this.#webSocket.close();
			return;
		}
		const isText = typeof content === 'string';
		const isLatin1 = isText && textEncoding === 'latin1';
		this.#webSocket.send(isLatin1 ? Buffer.from(content, 'latin1') : content, !isText);
	}

	cork(write: () => void): void {
		if (this.#attached.isOpen) this.#webSocket.cork(write);
	}

	bufferedBytes(): number {
		return this.#attached.isOpen ? this.#webSocket.getBufferedAmount() : 0;
	}

	close(code: number, reason: string): void {
		if (this.#attached.isOpen) this.#webSocket.end(code, fitReason(reason));
	}
}

function idleTimeoutSeconds(idleTimeoutMs: number): number {
	const steps = Math.ceil(idleTimeoutMs / 1000 / idleStepSeconds);
	return Math.min(Math.max(steps, 2), 240) * idleStepSeconds;
}

async function settledWithin(
	exchanges: ReadonlySet<Promise<void>>,
	graceMs: number,
): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const grace = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, graceMs);
	});
	await Promise.race([Promise.all(exchanges), grace]);
	clearTimeout(timer);
}
