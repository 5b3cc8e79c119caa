// Promises settled from outside, and waiting that an AbortSignal ends.

export interface Deferred<Value> {
	readonly promise: Promise<Value>;
	resolve(value: Value): void;
	reject(reason: unknown): void;
}

/** As `Promise.withResolvers`, which browsers of 2023 lack. */
export function createDeferred<Value>(): Deferred<Value> {
	let settle: Pick<Deferred<Value>, 'resolve' | 'reject'> | undefined;
	const promise = new Promise<Value>((resolve, reject) => {
		settle = { resolve, reject };
	});
	return {
		promise,
		resolve: (value) => settle?.resolve(value),
		reject: (reason) => settle?.reject(reason),
	};
}

/** `promise`, unless `signal` aborts first; then rejects with its reason and leaves the promise to itself. */
export async function orAborted<Value>(
	promise: Promise<Value>,
	signal: AbortSignal,
): Promise<Value> {
	promise.catch(() => undefined);
	signal.throwIfAborted();
	const aborted = createDeferred<never>();
	const onAbort = () => aborted.reject(signal.reason);
	signal.addEventListener('abort', onAbort, { once: true });
	try {
		return await Promise.race([promise, aborted.promise]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}
