// What a page tells the service worker about its life. Types and one guard, for both sides.

export type WorkerOrder =
	/** Of a worker that waits: become the active one. */
	| { readonly type: 'giggityflix-take-over' }
	/** Of the active one: control this page too, which a forced reload had taken away. */
	| { readonly type: 'giggityflix-claim' };

export function isWorkerOrder(message: unknown): message is WorkerOrder {
	return (
		typeof message === 'object' &&
		message !== null &&
		'type' in message &&
		(message.type === 'giggityflix-take-over' || message.type === 'giggityflix-claim')
	);
}
