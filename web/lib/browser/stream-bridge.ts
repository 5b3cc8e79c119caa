// The page's side of the service worker's streams: gives byte sources URLs that <video> and <a download>
// understand, and answers the worker's questions about them. A URL works in this tab only, for as long as
// the source is not released.
import type { Clock, RandomBytes } from '../../../peer/ports.ts';
import type { ByteSource } from '../../../peer/transfer/byte-source.ts';
import {
	streamPath,
	type StreamCommand,
	type StreamKeepAlive,
	type StreamReply,
	type StreamRequest,
} from '../../../peer/transfer/player/stream-protocol.ts';
import { serveStream, type StreamServing } from '../../../peer/transfer/player/stream-server.ts';
import { messagePortStream } from './message-port-stream.ts';

export interface StreamBridge {
	/**
	 * A URL for a source. `?sidecar=N` is appended for its side-car N, `?download` to save it. `name` is what the
	 * address ends with; only text.
	 */
	urlFor(source: ByteSource, name: string): string;
	/** Forgets the source of a URL and ends its requests; the source itself stays open. */
	release(url: string): void;
	/** Stops listening to the worker. */
	close(): void;
}

export interface StreamBridgeOptions {
	readonly serviceWorker: Pick<
		ServiceWorkerContainer,
		'addEventListener' | 'removeEventListener' | 'controller' | 'startMessages'
	>;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
}

/** Browsers stop a worker 30 s after its last event; a body that is being read is none. */
const keepAliveMs = 20_000;

interface Bridge {
	readonly options: StreamBridgeOptions;
	readonly sources: Map<string, ByteSource>;
	readonly running: Map<StreamServing, string>;
	isKeepingAlive: boolean;
}

export function createStreamBridge(options: StreamBridgeOptions): StreamBridge {
	const { serviceWorker, randomBytes } = options;
	const bridge: Bridge = {
		options,
		sources: new Map(),
		running: new Map(),
		isKeepingAlive: false,
	};
	const onMessage = (event: MessageEvent<unknown>) => handleMessage(bridge, event);
	serviceWorker.addEventListener('message', onMessage);
	serviceWorker.startMessages();
	return {
		urlFor(source, name) {
			const bytes = new Uint8Array(16);
			randomBytes(bytes);
			const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
			bridge.sources.set(key, source);
			return `${streamPath}${key}/${encodeURIComponent(name.toWellFormed())}`;
		},
		release: (url) => releaseKey(bridge, keyOf(url)),
		close() {
			serviceWorker.removeEventListener('message', onMessage);
			for (const key of [...bridge.sources.keys()]) releaseKey(bridge, key);
		},
	};
}

function handleMessage(bridge: Bridge, { data, ports }: MessageEvent<unknown>): void {
	const [messagePort] = ports;
	if (messagePort === undefined || !isStreamRequest(data)) return;
	const port = messagePortStream<StreamReply, StreamCommand>(messagePort);
	const source = bridge.sources.get(data.key);
	if (source === undefined) {
		port.post({ type: 'unknown' });
		return;
	}
	const serving = serveStream(source, data.sideCar, port);
	bridge.running.set(serving, data.key);
	void serving.finished.then(() => bridge.running.delete(serving));
	void keepWorkerAlive(bridge);
}

async function keepWorkerAlive(bridge: Bridge): Promise<void> {
	if (bridge.isKeepingAlive) return;
	bridge.isKeepingAlive = true;
	while (bridge.running.size > 0) {
		const message: StreamKeepAlive = { type: 'giggityflix-keep-alive' };
		bridge.options.serviceWorker.controller?.postMessage(message);
		await bridge.options.clock.sleep(keepAliveMs);
	}
	bridge.isKeepingAlive = false;
}

function releaseKey(bridge: Bridge, releasedKey: string): void {
	bridge.sources.delete(releasedKey);
	for (const [serving, key] of bridge.running) {
		if (key === releasedKey) serving.stop();
	}
}

function keyOf(url: string): string {
	return url.slice(streamPath.length).split('/')[0] ?? '';
}

function isStreamRequest(message: unknown): message is StreamRequest {
	return (
		typeof message === 'object' &&
		message !== null &&
		'type' in message &&
		message.type === 'giggityflix-stream'
	);
}
