// An announce door alone on a listener of its own, for clients from outside the project.
import { randomFillSync } from 'node:crypto';
import {
	announcePath,
	createAnnounceDoor,
	type AnnounceDoor,
} from '../../edge-server/announce/announce-door.ts';
import { announceLimits, type AnnounceLimits } from '../../edge-server/announce/announce-limits.ts';
import type {
	FetchHandler,
	Listener,
	ListenerOptions,
} from '../../edge-server/transport/listener.ts';
import { openUwsListener } from '../../edge-server/transport/uws-listener.ts';
import { openWsListener } from '../../edge-server/transport/ws-listener.ts';

export const listeners: readonly [string, (options: ListenerOptions) => Promise<Listener>][] = [
	['uws', openUwsListener],
	['ws', openWsListener],
];

export interface AnnounceEdge {
	readonly door: AnnounceDoor;
	readonly port: number;
	readonly url: string;
	/** Defects it ran into. */
	readonly errors: readonly unknown[];
	close(): Promise<void>;
}

export interface AnnounceEdgeOptions {
	readonly limits?: Partial<AnnounceLimits>;
	readonly maxConnectionsPerAddress?: number;
	readonly fetch?: FetchHandler;
}

export async function openAnnounceEdge(
	open: (options: ListenerOptions) => Promise<Listener>,
	options: AnnounceEdgeOptions = {},
): Promise<AnnounceEdge> {
	const errors: unknown[] = [];
	const onError = (error: unknown) => void errors.push(error);
	const door = createAnnounceDoor({
		clock: { monotonicMs: () => performance.now(), after },
		randomBytes: (target) => void randomFillSync(target),
		maxConnectionsPerAddress: options.maxConnectionsPerAddress ?? 100_000,
		limits: { ...announceLimits, ...options.limits },
		onError,
	});
	const listener = await open({
		host: '127.0.0.1',
		port: 0,
		maxBodyBytes: 1024,
		fetch: options.fetch ?? (async () => new Response('not here', { status: 404 })),
		sockets: { [announcePath]: door.route },
		onError,
	});
	return {
		door,
		port: listener.port,
		url: `ws://127.0.0.1:${listener.port}${announcePath}`,
		errors,
		async close() {
			await listener.close(0);
			door.stop();
		},
	};
}

function after(delayMs: number, callback: () => void): () => void {
	const timer = setTimeout(callback, delayMs);
	return () => clearTimeout(timer);
}
