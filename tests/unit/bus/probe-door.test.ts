import { afterEach, describe, expect, it } from 'vitest';
import { createMetricRegistry } from '../../../bus/metric-registry.ts';
import { openProbeDoor, type ProbeDoor } from '../../../bus/probe-door.ts';

let door: ProbeDoor | undefined;
afterEach(async () => {
	await door?.close();
	door = undefined;
});

async function open(isServing: () => boolean) {
	const registry = createMetricRegistry();
	const opened = await openProbeDoor({
		address: { host: '127.0.0.1', port: 0 },
		...{ registry, isServing },
	});
	door = opened;
	return (path: string, init?: RequestInit) =>
		fetch(`http://127.0.0.1:${opened.port}${path}`, init);
}

describe('the door of probes', () => {
	it('says that the program lives, and whether it serves', async () => {
		let isServing = false;
		const ask = await open(() => isServing);
		expect((await ask('/healthz')).status).toBe(200);
		expect((await ask('/readyz')).status).toBe(503);
		isServing = true;
		expect((await ask('/readyz')).status).toBe(200);
	});

	it('serves metrics to be read, and nothing else', async () => {
		const ask = await open(() => true);
		const metrics = await ask('/metrics');
		expect(metrics.status).toBe(200);
		expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
		expect((await ask('/metrics', { method: 'POST' })).status).toBe(404);
		expect((await ask('/')).status).toBe(404);
	});

	it('is not opened where another is', async () => {
		await open(() => true);
		const taken = { host: '127.0.0.1', port: door?.port ?? 0 };
		const again = openProbeDoor({
			address: taken,
			registry: createMetricRegistry(),
			isServing: () => true,
		});
		await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
	});
});
