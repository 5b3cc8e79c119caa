// Finds the handler of a request by path and method, and turns what handlers throw into answers. Knows
// no handler and no server.
import { GiggityflixError } from '../../proto/errors.ts';
import type { Clock, Logger } from '../ports.ts';
import type { FetchHandler, RequestContext } from '../transport/listener.ts';
import { methodNotAllowed, problem } from './problem.ts';

export interface Route {
	/** Names the route in metrics. */
	readonly name: string;
	/** An exact path, or with a slash at the end everything below it. */
	readonly path: string;
	/** HEAD comes with GET. */
	readonly methods: readonly string[];
	readonly handle: FetchHandler;
}

export interface RouterOptions {
	readonly routes: readonly Route[];
	/** Takes what no route takes. */
	readonly fallback: Route;
	readonly logger: Logger;
	/** Called once for every answer. */
	readonly onAnswer: (routeName: string, status: number, durationMs: number) => void;
	readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Never rejects unless the client has gone. */
export function createRouter(options: RouterOptions): FetchHandler {
	const exact = new Map(options.routes.map((route) => [route.path, route]));
	const below = options.routes.filter((route) => route.path.endsWith('/'));
	return async (request, context) => {
		const startedAtMs = options.clock.monotonicMs();
		const { pathname } = new URL(request.url);
		const route =
			exact.get(pathname) ??
			below.find((candidate) => pathname.startsWith(candidate.path)) ??
			options.fallback;
		const response = await answer(route, request, context, options.logger);
		options.onAnswer(route.name, response.status, options.clock.monotonicMs() - startedAtMs);
		return response;
	};
}

async function answer(
	route: Route,
	request: Request,
	context: RequestContext,
	logger: Logger,
): Promise<Response> {
	const method = request.method === 'HEAD' ? 'GET' : request.method;
	if (!route.methods.includes(method)) return methodNotAllowed(route.methods);
	try {
		return await route.handle(request, context);
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		if (error.code === 'internal' && !request.signal.aborted) {
			logger.error('a request failed', { route: route.name, error: error.cause ?? error });
		}
		return problem(error);
	}
}
