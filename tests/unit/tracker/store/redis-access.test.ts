// A Redis that wants a password and speaks TLS: the store gets in with both, and with neither alone.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisServerSettings } from '../../../../tracker/store/redis-route.ts';
import { createRedisStore } from '../../../../tracker/store/redis-store.ts';
import { freePort } from '../../../support/free-port.ts';
import { hasOwnRedis, launchRedis } from '../../../support/redis.ts';
import {
	trustNewCertificate,
	type TrustedCertificate,
} from '../../../support/trusted-certificate.ts';

const logger = { info: () => undefined, warn: () => undefined };
const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);

describe.runIf(hasOwnRedis)('a Redis that wants TLS and a password', () => {
	let certificate: TrustedCertificate;
	let directory: string;
	let server: ChildProcess;
	let settings: RedisServerSettings;

	beforeAll(async () => {
		certificate = await trustNewCertificate();
		directory = await mkdtemp(join(tmpdir(), 'giggityflix-redis-'));
		const port = await freePort();
		server = await launchRedis(0, directory, [
			...['--tls-port', String(port), '--tls-auth-clients', 'no', '--requirepass', 'secret'],
			...['--tls-cert-file', certificate.certFile, '--tls-key-file', certificate.keyFile],
			...['--tls-ca-cert-file', certificate.certFile],
		]);
		settings = { host: '127.0.0.1', port, db: 0, password: 'secret', isSecure: true };
	});
	afterAll(async () => {
		server.kill('SIGKILL');
		await once(server, 'exit');
		await rm(directory, { recursive: true });
		certificate.distrust();
	});

	it('lets in who has both', async () => {
		const store = createRedisStore({ settings, randomBytes, logger });
		await store.follow(() => undefined);
		expect(await store.load()).toMatchObject({ peers: [], offers: [] });
		await store.close();
	});

	it.each([
		['a wrong password', { password: 'guess' }],
		['no password', { password: '' }],
		['no TLS', { isSecure: false }],
	])('refuses %s', async (_, spoiled) => {
		const store = createRedisStore({ settings: { ...settings, ...spoiled }, randomBytes, logger });
		await expect(store.load()).rejects.toMatchObject({ name: 'GiggityflixError' });
		await store.close();
	});
});
