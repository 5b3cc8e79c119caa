import { expect, test, vi } from 'vitest';
import { registerServiceWorker } from '../../../../../web/lib/browser/service-worker-registration.ts';

/** As much of a service worker as the registration looks at. */
class FakeWorker extends EventTarget {
	state = 'installing';
	readonly orders: unknown[] = [];
	postMessage(message: unknown): void {
		this.orders.push(message);
	}
	install(): void {
		this.state = 'installed';
		this.dispatchEvent(new Event('statechange'));
	}
}

class FakeRegistration extends EventTarget {
	installing: FakeWorker | null = null;
	waiting: FakeWorker | null = null;
	active: FakeWorker | null = null;
	find(worker: FakeWorker): void {
		this.installing = worker;
		this.dispatchEvent(new Event('updatefound'));
	}
}

class FakeContainer extends EventTarget {
	controller: FakeWorker | null = null;
	readonly registration = new FakeRegistration();
	readonly register = vi.fn(async () => this.registration);
	control(worker: FakeWorker): void {
		this.controller = worker;
		this.dispatchEvent(new Event('controllerchange'));
	}
}

function start(container: FakeContainer) {
	const reload = vi.fn();
	const worker = registerServiceWorker({
		container: container as unknown as ServiceWorkerContainer,
		scriptUrl: '/service-worker.js',
		scriptType: 'classic',
		reload,
	});
	return { worker, reload };
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

test('the first worker takes over without a word', async () => {
	const container = new FakeContainer();
	const { worker, reload } = start(container);
	const onReady = vi.fn();
	worker.onUpdateReady(onReady);
	await settled();
	const first = new FakeWorker();
	container.registration.find(first);
	first.install();
	const controlled = worker.controlled();
	await settled();
	container.control(first);
	await controlled;
	expect(onReady).not.toHaveBeenCalled();
	expect(reload).not.toHaveBeenCalled();
});

test('a new version waits until the person agrees, then the page is loaded anew', async () => {
	const container = new FakeContainer();
	container.controller = new FakeWorker();
	const { worker, reload } = start(container);
	const onReady = vi.fn();
	worker.onUpdateReady(onReady);
	await settled();
	const next = new FakeWorker();
	container.registration.find(next);
	expect(onReady).not.toHaveBeenCalled();
	next.install();
	expect(onReady).toHaveBeenCalledTimes(1);
	expect(next.orders).toEqual([]);
	worker.applyUpdate();
	expect(next.orders).toEqual([{ type: 'giggityflix-take-over' }]);
	expect(reload).not.toHaveBeenCalled();
	container.control(next);
	expect(reload).toHaveBeenCalledTimes(1);
});

test('a version that waited before the page came is told to whoever asks', async () => {
	const container = new FakeContainer();
	container.controller = new FakeWorker();
	container.registration.waiting = new FakeWorker();
	const { worker } = start(container);
	await settled();
	const onReady = vi.fn();
	worker.onUpdateReady(onReady)();
	expect(onReady).toHaveBeenCalledTimes(1);
});

test('after a forced reload the active worker is asked to take the page back', async () => {
	const container = new FakeContainer();
	const active = new FakeWorker();
	container.registration.active = active;
	const { worker } = start(container);
	const controlled = worker.controlled();
	await settled();
	expect(active.orders).toEqual([{ type: 'giggityflix-claim' }]);
	container.control(active);
	await controlled;
});

test('a browser without service workers says unsupported, and only when asked', async () => {
	const options = { scriptUrl: '/sw.js', scriptType: 'classic', reload: vi.fn() } as const;
	const worker = registerServiceWorker({ container: undefined, ...options });
	await settled();
	await expect(worker.controlled()).rejects.toMatchObject({ code: 'unsupported' });
});
