// What the parts of the listener's contract start from: listeners that record, sockets and bare connections to them.
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type {
	Listener,
	ListenerOptions,
	Socket,
	SocketRoute,
} from '../../../edge-server/transport/listener.ts';

export type OpenListener = (options: ListenerOptions) => Promise<Listener>;
export type ListenerFixture = ReturnType<typeof listenerFixture>;

/** The server's end of a socket, with everything it was told. */
interface Accepted {
	readonly socket: Socket;
	readonly messages: (Uint8Array | string)[];
	drains: number;
	closes: number;
}

/** What a bare connection says to become a WebSocket. */
export const handshake =
	'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
	'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** Ends what it has opened after each test of the suite that calls it. */
export function listenerFixture(open: OpenListener) {
	const cleanups: (() => unknown)[] = [];
	afterEach(async () => {
		for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
	});

	async function start(options: Partial<ListenerOptions> = {}, route: Partial<SocketRoute> = {}) {
		const accepted: Accepted[] = [];
		const errors: unknown[] = [];
		const listener = await open({
			host: '127.0.0.1',
			port: 0,
			maxBodyBytes: 1024,
			fetch: async () => new Response('hello'),
			onError: (error) => errors.push(error),
			sockets: {
				'/ws': {
					maxPayloadBytes: 4096,
					maxBufferedBytes: 256 * 1024,
					idleTimeoutMs: 60_000,
					decide: () => ({
						kind: 'accept',
						open(socket) {
							const entry: Accepted = { socket, messages: [], drains: 0, closes: 0 };
							accepted.push(entry);
							return {
								message: (content) => entry.messages.push(content),
								drain: () => (entry.drains += 1),
								closed: () => (entry.closes += 1),
							};
						},
					}),
					...route,
				},
			},
			...options,
		});
		cleanups.push(() => listener.close(200));
		const origin = `http://127.0.0.1:${listener.port}`;
		return { listener, accepted, errors, origin, wsUrl: `ws://127.0.0.1:${listener.port}/ws` };
	}

	async function dial(url: string, options: { ca?: string } = {}): Promise<WebSocket> {
		const client = new WebSocket(url, options);
		cleanups.push(() => {
			client.terminate();
		});
		await once(client, 'open');
		return client;
	}

	/** A raw connection that has sent `text` and reads nothing unless told to. */
	async function rawSocket(port: number, text: string): Promise<TcpSocket> {
		const socket = connect({ host: '127.0.0.1', port });
		cleanups.push(() => socket.destroy());
		socket.on('error', () => undefined);
		await once(socket, 'connect');
		socket.write(text);
		return socket;
	}

	return { start, dial, rawSocket };
}

/** All that comes until the connection is closed, or for a second and a half. */
export async function readAll(socket: TcpSocket): Promise<string> {
	let text = '';
	socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
	await Promise.race([once(socket, 'close'), sleep(1500)]);
	return text;
}
