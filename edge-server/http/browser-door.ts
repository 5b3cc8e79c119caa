// Everything on the browser's port put together: sockets for peers, the API, unary calls, probes, and the
// web app for every other path. Owns which path leads where.
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import packageJson from '../../package.json' with { type: 'json' };
import { protocolVersion } from '../../proto/limits.ts';
import type { EdgeConfig } from '../config.ts';
import type { Clock, Logger, PeerDoor, PosterStore, TrackerClient } from '../ports.ts';
import { createErrorInterceptor } from '../../doors/error-interceptor.ts';
import type { FetchHandler, Listener } from '../transport/listener.ts';
import { openListener } from '../transport/open-listener.ts';
import { createWebSocketDoor } from '../transport/websocket-door.ts';
import { announcePath, type AnnounceDoor } from '../announce/announce-door.ts';
import { createReadinessHandler, handleHealth, type EdgePhase } from './health.ts';
import type { Metrics } from './metrics.ts';
import { createPosterHandler, postersPath } from './posters.ts';
import { jsonResponse, notFound } from './problem.ts';
import { withRequestId } from './request-ids.ts';
import { createRouter, type Route } from './router.ts';
import { withSecurityHeaders } from './security-headers.ts';
import { createStaticFiles } from './static-files.ts';
import { createUnaryRpcRoutes } from './unary-rpc.ts';

/** Unary calls and commands take a few kilobytes. */
const maxBodyBytes = 1024 * 1024;

export interface BrowserDoorDeps {
	readonly config: EdgeConfig;
	readonly webRoot: string;
	readonly phase: () => EdgePhase;
	readonly metrics: Metrics;
	readonly peers: PeerDoor;
	readonly posters: PosterStore;
	/** Answers /api/operator; absent when there is no operator. */
	readonly operator: FetchHandler | undefined;
	/** The WebTorrent tracker; absent when there is none. */
	readonly announce: Pick<AnnounceDoor, 'route'> | undefined;
	readonly tracker: Pick<TrackerClient, 'locatePeer'>;
	readonly routes: (router: ConnectRouter) => void;
	/** Goes around every call: request id and trace. */
	readonly callContext: Interceptor;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly clock: Clock;
	readonly logger: Logger;
}

export async function createBrowserDoor(deps: BrowserDoorDeps): Promise<Listener> {
	const { config, logger, metrics } = deps;
	const site = await createStaticFiles(deps.webRoot);
	const router = createRouter({
		routes: [...apiRoutes(deps), ...probeRoutes(deps), ...rpcRoutes(deps)],
		fallback: { name: 'web-app', path: '/', methods: ['GET'], handle: site.handle },
		logger,
		clock: deps.clock,
		onAnswer: metrics.countRequest,
	});
	const { tls } = config;
	return openListener(
		{
			...config.http,
			...(tls !== undefined && { tls }),
			maxBodyBytes,
			fetch: withSecurityHeaders(withRequestId(router, deps.randomBytes), {
				isSecure: tls !== undefined,
				scriptSources: site.scriptSources,
			}),
			sockets: {
				'/ws': createPeerRoute(deps),
				...(deps.announce !== undefined && { [announcePath]: deps.announce.route }),
			},
			onError: (error) => logger.error('the listener met a defect', { error }),
		},
		logger,
	);
}

function createPeerRoute({ config, peers, metrics }: BrowserDoorDeps) {
	return createWebSocketDoor({
		peers,
		allowedOrigins: config.allowedOrigins,
		maxConnectionsPerAddress: config.maxConnectionsPerAddress,
		idleTimeoutMs: config.connectionTimeoutMs,
		countBytes: (direction, sizeBytes) => metrics.countBytes('websocket', direction, sizeBytes),
	});
}

function apiRoutes(deps: BrowserDoorDeps): Route[] {
	const { config, posters, operator } = deps;
	const routes: Route[] = [
		{ name: 'server', path: '/api/server', methods: ['GET'], handle: describeServer(config) },
		{ name: 'poster', path: postersPath, methods: ['GET'], handle: createPosterHandler(posters) },
	];
	if (operator !== undefined) {
		const methods = ['GET', 'POST', 'DELETE'];
		routes.push({ name: 'operator', path: '/api/operator/', methods, handle: operator });
	}
	// No path below /api is a page of the app.
	const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
	routes.push({ name: 'api', path: '/api/', methods, handle: async () => notFound() });
	return routes;
}

function probeRoutes({ phase, tracker, clock, metrics }: BrowserDoorDeps): Route[] {
	const readiness = createReadinessHandler({ phase, tracker, clock });
	const methods = ['GET'];
	return [
		{ name: 'health', path: '/healthz', methods, handle: handleHealth },
		{ name: 'readiness', path: '/readyz', methods, handle: readiness },
		{ name: 'metrics', path: '/metrics', methods, handle: metrics.handle },
	];
}

function rpcRoutes({ routes, callContext, logger }: BrowserDoorDeps): Route[] {
	const interceptors = [callContext, createErrorInterceptor(logger)];
	return createUnaryRpcRoutes({ routes, maxBodyBytes, interceptors });
}

/** What a page asks to know which server it is on. */
function describeServer({ edgeId }: EdgeConfig): Route['handle'] {
	const { name, version } = packageJson;
	return async () => jsonResponse(200, { name, version, protocolVersion, edgeId });
}
