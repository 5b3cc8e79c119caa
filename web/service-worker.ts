/// <reference types="@sveltejs/kit" />
// The service worker: keeps the app for times without a network, and forwards reads of byte sources to the
// tab that has them. A thin forwarder: what is answered from where is worker-routes.ts, everything HTTP about
// streams is peer/transfer/stream-responder.ts. It takes over only when the page says so.
import { build, files, version } from '$service-worker';
import {
	streamPath,
	type StreamCommand,
	type StreamReply,
	type StreamRequest,
} from '../peer/transfer/player/stream-protocol.ts';
import {
	createStreamConversation,
	type StreamBody,
	type StreamConversation,
} from '../peer/transfer/player/stream-responder.ts';
import { messagePortStream } from './lib/browser/message-port-stream.ts';
import { isWorkerOrder } from './lib/browser/worker-orders.ts';
import { createWorkerRouter, shellPath } from './lib/browser/worker-routes.ts';

const worker = self as unknown as ServiceWorkerGlobalScope;
const cachePrefix = 'giggityflix-';
const cacheName = `${cachePrefix}${version}`;
const router = createWorkerRouter(worker.location.origin, [...build, ...files]);

/** A page whose bridge runs answers at once, unless its main thread is busy decoding a poster. */
const claimTimeoutMs = 5000;

worker.addEventListener('install', (event) => {
	event.waitUntil(precache());
});

worker.addEventListener('activate', (event) => {
	event.waitUntil(Promise.all([removeOldCaches(), worker.clients.claim()]));
});

worker.addEventListener('message', (event: ExtendableMessageEvent) => {
	if (!isWorkerOrder(event.data)) return;
	if (event.data.type === 'giggityflix-take-over') event.waitUntil(worker.skipWaiting());
	if (event.data.type === 'giggityflix-claim') event.waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	const isNavigation = request.mode === 'navigate';
	switch (router.route({ url, method: request.method, isNavigation })) {
		case 'stream':
			event.respondWith(answerStream(event, url));
			return;
		case 'shell':
			event.respondWith(fromCache(shellPath, request));
			return;
		case 'precached':
			event.respondWith(fromCache(url.pathname, request));
			return;
		case 'kept-when-used':
			event.respondWith(keepWhenUsed(url.pathname, request));
			return;
		case 'pass':
			return;
	}
});

// ---------------------------------------------------------------- the app

async function precache(): Promise<void> {
	const cache = await caches.open(cacheName);
	// Past the HTTP cache, or a shell of the last version could be kept under the name of this one.
	await cache.addAll(router.precached.map((path) => new Request(path, { cache: 'no-cache' })));
}

async function removeOldCaches(): Promise<void> {
	const names = await caches.keys();
	const old = names.filter((name) => name.startsWith(cachePrefix) && name !== cacheName);
	await Promise.all(old.map((name) => caches.delete(name)));
}

async function fromCache(path: string, request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	return (await cache.match(path)) ?? fetch(request);
}

async function keepWhenUsed(path: string, request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	const kept = await cache.match(path);
	if (kept !== undefined) return kept;
	const response = await fetch(request);
	if (response.status === 200) await cache.put(path, response.clone());
	return response;
}

// ---------------------------------------------------------------- streams

async function answerStream(event: FetchEvent, url: URL): Promise<Response> {
	const key = url.pathname.slice(streamPath.length).split('/')[0] ?? '';
	const sideCar = Number(url.searchParams.get('sidecar') ?? 0);
	const message: StreamRequest = { type: 'giggityflix-stream', key, sideCar };
	const conversation = await findPage(event, message);
	if (conversation === undefined) return new Response(null, { status: 404 });
	const { status, headers, body } = await conversation.answer({
		method: event.request.method,
		rangeHeader: event.request.headers.get('range'),
		isDownload: url.searchParams.has('download'),
	});
	return new Response(body === undefined ? null : toReadable(body), { status, headers });
}

/** The tab that asks has the source, as a rule; a download is asked for by no tab, so all are. */
async function findPage(
	event: FetchEvent,
	message: StreamRequest,
): Promise<StreamConversation | undefined> {
	const asking = await worker.clients.get(event.clientId);
	const claimed = asking && (await askPage(asking, message));
	if (claimed !== undefined) return claimed;
	const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	for (const client of windows) {
		const other = client.id === asking?.id ? undefined : await askPage(client, message);
		if (other !== undefined) return other;
	}
	return undefined;
}

async function askPage(
	client: Client,
	message: StreamRequest,
): Promise<StreamConversation | undefined> {
	const { port1, port2 } = new MessageChannel();
	const conversation = createStreamConversation(
		messagePortStream<StreamCommand, StreamReply>(port1),
	);
	client.postMessage(message, [port2]);
	const timedOut = new Promise<false>((resolve) => {
		setTimeout(() => resolve(false), claimTimeoutMs);
	});
	if (await Promise.race([conversation.isClaimed, timedOut])) return conversation;
	conversation.close();
	return undefined;
}

function toReadable(body: StreamBody): ReadableStream<Uint8Array<ArrayBuffer>> {
	return new ReadableStream({
		async pull(controller) {
			const chunk = await body.pull();
			if (chunk === undefined) controller.close();
			else controller.enqueue(chunk);
		},
		cancel: () => body.cancel(),
	});
}
