import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { openListener } from '../../../../edge-server/transport/open-listener.ts';

function prepare() {
	const warnings: { message: string; fields: unknown }[] = [];
	const logger = {
		info: () => undefined,
		warn: (message: string, fields?: unknown) => warnings.push({ message, fields }),
		error: () => undefined,
	};
	const options = {
		host: '127.0.0.1',
		port: 0,
		maxBodyBytes: 1024,
		sockets: {},
		fetch: async () => new Response('hello'),
		onError: () => undefined,
	};
	return { warnings, logger, options };
}

describe('openListener', () => {
	it('takes µWS where it loads', async () => {
		const { logger, options, warnings } = prepare();
		const listener = await openListener(options, logger);
		expect(listener.kind).toBe('uws');
		expect(warnings).toEqual([]);
		await listener.close(0);
	});

	it('serves with ws where it does not, and says so once', async () => {
		const { logger, options, warnings } = prepare();
		const listener = await openListener(options, logger, () =>
			Promise.reject(new Error('no binary for this platform')),
		);
		expect(listener.kind).toBe('ws');
		expect(await (await fetch(`http://127.0.0.1:${listener.port}`)).text()).toBe('hello');
		expect(warnings).toHaveLength(1);
		expect(warnings[0]!.fields).toEqual({ reason: 'no binary for this platform' });
		await listener.close(0);
	});

	it('does not try the other one when the port is taken', async () => {
		const { logger, options, warnings } = prepare();
		const taken = createServer();
		taken.listen(0, '127.0.0.1');
		await once(taken, 'listening');
		const { port } = taken.address() as AddressInfo;
		await expect(openListener({ ...options, port }, logger)).rejects.toMatchObject({
			code: 'EADDRINUSE',
		});
		expect(warnings).toEqual([]);
		taken.close();
	});
});
