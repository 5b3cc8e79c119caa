// What a call carries from one program to the next beside its message: the request id and the trace. Written into
// headers by whoever calls, read from them by whoever answers. Knows no service.
import type { CallOptions, Interceptor } from '@connectrpc/connect';
import { randomId } from '../proto/ids.ts';
import { currentLogFields, withLogFields } from './log-context.ts';
import type { RandomBytes } from './ports.ts';
import { requestIdHeader, requestIdOf } from './request-id.ts';
import type { Tracer } from './tracer.ts';

const traceParentHeader = 'traceparent';

/** For a server: binds the request id, answers it to the caller, and opens a span around the call. */
export function createCallContext(deps: {
	readonly tracer: Tracer;
	readonly randomBytes: RandomBytes;
}): Interceptor {
	return (next) => (request) => {
		const requestId = requestIdOf(request.header, deps.randomBytes);
		const { name, parent } = request.method;
		const attributes = { 'rpc.service': parent.typeName, 'rpc.method': name };
		const caller = request.header.get(traceParentHeader) ?? undefined;
		const options = { kind: 'server', attributes, parent: caller } as const;
		return withLogFields({ requestId }, () =>
			deps.tracer.span(`${parent.typeName}/${name}`, options, async () => {
				const response = await next(request);
				response.header.set(requestIdHeader, requestId);
				return response;
			}),
		);
	};
}

/** For a caller: each call in a span, with its request id and the trace in its headers. That of a stream ends once it is open. */
export function createCallerContext(deps: {
	readonly tracer: Tracer;
	readonly randomBytes: RandomBytes;
}): Interceptor {
	return (next) => (request) => {
		const requestId = currentLogFields().requestId ?? randomId(deps.randomBytes);
		const { name, parent } = request.method;
		const attributes = { 'rpc.service': parent.typeName, 'rpc.method': name };
		return withLogFields({ requestId }, () =>
			deps.tracer.span(`${parent.typeName}/${name}`, { kind: 'client', attributes }, () => {
				request.header.set(requestIdHeader, requestId);
				const traceParent = deps.tracer.traceParent();
				if (traceParent !== undefined) request.header.set(traceParentHeader, traceParent);
				return next(request);
			}),
		);
	};
}

type UnaryClient = Readonly<Record<string, unknown>>;
type UnaryCall = (request: unknown, options?: CallOptions) => Promise<unknown>;

/** For a caller: the same client of unary calls, each in a span and with the context in its headers. */
export function withCallContext<Client extends object>(client: Client, tracer: Tracer): Client {
	const calls = Object.entries(client as UnaryClient) as [string, UnaryCall][];
	const wrapped = calls.map(([name, call]): [string, UnaryCall] => [
		name,
		(request, options) =>
			tracer.span(name, { kind: 'client', attributes: { 'rpc.method': name } }, () => {
				const headers = new Headers(options?.headers as Headers | undefined);
				const { requestId } = currentLogFields();
				if (requestId !== undefined) headers.set(requestIdHeader, requestId);
				const traceParent = tracer.traceParent();
				if (traceParent !== undefined) headers.set(traceParentHeader, traceParent);
				return call(request, { ...options, headers });
			}),
	]);
	return Object.fromEntries(wrapped) as Client;
}
