// Registers the service worker and notices new versions of the app. A new version waits until the person
// agrees, so that nobody's film is interrupted by an update. Knows nothing of what the worker does.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { WorkerOrder } from './worker-orders.ts';

export interface AppServiceWorker {
	/** Resolves when the worker answers for this page; streams work from then on. Throws `unsupported`. */
	controlled(): Promise<void>;
	/** Calls back when a new version of the app waits to take over, also when it waits already. Returns the unsubscribe. */
	onUpdateReady(onReady: () => void): () => void;
	/** Lets the new version take over and reloads the page. */
	applyUpdate(): void;
}

export interface AppServiceWorkerOptions {
	/** `undefined` where the browser has none: old ones, private windows, pages without HTTPS. */
	readonly container: ServiceWorkerContainer | undefined;
	readonly scriptUrl: string;
	/** Kit serves the worker as a module under `npm run dev` only. */
	readonly scriptType: WorkerType;
	readonly reload: () => void;
}

interface State {
	readonly options: AppServiceWorkerOptions;
	readonly listeners: Set<() => void>;
	waiting: ServiceWorker | undefined;
	isApplying: boolean;
}

/** Registers at once. */
export function registerServiceWorker(options: AppServiceWorkerOptions): AppServiceWorker {
	const state: State = { options, listeners: new Set(), waiting: undefined, isApplying: false };
	const registered = register(state);
	// Told to whoever asks for `controlled`; without a worker the rest of the app works.
	registered.catch(() => undefined);
	return {
		controlled: async () => waitForControl(state, await registered),
		onUpdateReady(onReady) {
			state.listeners.add(onReady);
			if (state.waiting !== undefined) onReady();
			return () => void state.listeners.delete(onReady);
		},
		applyUpdate() {
			state.isApplying = true;
			if (state.waiting === undefined) options.reload();
			else order(state.waiting, { type: 'giggityflix-take-over' });
		},
	};
}

async function register(state: State): Promise<ServiceWorkerRegistration> {
	const { container, scriptUrl, scriptType, reload } = state.options;
	if (container === undefined) {
		throw new GiggityflixError('unsupported', 'this browser has no service workers here');
	}
	container.addEventListener('controllerchange', () => {
		// The first worker takes over a page that needs no reload.
		if (state.isApplying) reload();
	});
	const registration = await container.register(scriptUrl, { type: scriptType });
	noticeUpdate(state, registration.waiting, container);
	registration.addEventListener('updatefound', () => {
		const { installing } = registration;
		installing?.addEventListener('statechange', () => {
			if (installing.state === 'installed') noticeUpdate(state, installing, container);
		});
	});
	return registration;
}

/** A worker that waits while none is active is the first one, not an update. */
function noticeUpdate(
	state: State,
	waiting: ServiceWorker | null,
	container: ServiceWorkerContainer,
): void {
	if (waiting === null || container.controller === null) return;
	state.waiting = waiting;
	for (const listener of state.listeners) listener();
}

async function waitForControl(
	{ options: { container } }: State,
	registration: ServiceWorkerRegistration,
): Promise<void> {
	if (container?.controller !== null) return;
	await new Promise<void>((resolve) => {
		container.addEventListener('controllerchange', () => resolve(), { once: true });
		// A forced reload leaves the page without the worker that is active already.
		if (registration.active !== null) order(registration.active, { type: 'giggityflix-claim' });
	});
}

function order(worker: ServiceWorker, message: WorkerOrder): void {
	worker.postMessage(message);
}
