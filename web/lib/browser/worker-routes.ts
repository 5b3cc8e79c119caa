// Which requests the service worker answers, and from where. Pure, so that what works offline, and what
// must never come from a cache, is tested in Node. Knows no cache.
import { streamPath } from '../../../peer/transfer/player/stream-protocol.ts';

export type WorkerRoute =
	/** A read of a byte source. */
	| 'stream'
	/** The page that is every page. */
	| 'shell'
	/** A file of this build, fetched when it was installed. */
	| 'precached'
	/** A file of this build, kept when it is first wanted. */
	| 'kept-when-used'
	/** The network's business. */
	| 'pass';

export interface WorkerRequest {
	readonly url: URL;
	readonly method: string;
	readonly isNavigation: boolean;
}

/** What the server answers itself, whatever it looks like. */
const serverPaths = /^\/(?:api|ws|announce|healthz|readyz|metrics|giggityflix\.v1\.\w+)(?:\/|$)/;

/** ffmpeg, other WebAssembly and the swarm are for some visitors only; maps are for developers. */
const wantedLater = /\.(?:wasm|map)$|ffmpeg|webtorrent/;

export interface WorkerRouter {
	/** Paths to fetch at installation, the shell first. */
	readonly precached: readonly string[];
	route(request: WorkerRequest): WorkerRoute;
}

/** `files`: every file of the build. Without any, as under `npm run dev`, only streams are answered. */
export function createWorkerRouter(origin: string, files: readonly string[]): WorkerRouter {
	const kept = new Set(files.filter((path) => wantedLater.test(path)));
	const precached = new Set(files.filter((path) => !kept.has(path)));
	const hasBuild = precached.size > 0;
	return {
		precached: hasBuild ? [shellPath, ...precached] : [],
		route({ url, method, isNavigation }) {
			if (url.origin !== origin) return 'pass';
			if (url.pathname.startsWith(streamPath)) return 'stream';
			if (method !== 'GET' || serverPaths.test(url.pathname) || !hasBuild) return 'pass';
			if (precached.has(url.pathname)) return 'precached';
			if (kept.has(url.pathname)) return 'kept-when-used';
			return isNavigation ? 'shell' : 'pass';
		},
	};
}

/** The server answers every route with the same page; this is where it is kept. */
export const shellPath = '/';
