// What every listener of the browser door must do, on real sockets. Each adapter's test calls it.
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, type Certificate } from '../support/certificate.ts';
import { handshake, listenerFixture, type OpenListener } from './listener/fixture.ts';
import { describeRequests } from './listener/requests.ts';
import { describeSockets } from './listener/sockets.ts';

export function listenerContract(name: string, open: OpenListener): void {
	const fixture = listenerFixture(open);
	const { start, dial, rawSocket } = fixture;
	describeRequests(name, fixture);
	describeSockets(name, fixture);

	describe(`${name}: TLS`, () => {
		let certificate: Certificate;
		beforeAll(async () => {
			certificate = await makeCertificate();
		});

		it('serves https and wss with the certificate it is given', async () => {
			const { listener, accepted } = await start({
				tls: certificate,
				fetch: async (request) => new Response(new URL(request.url).protocol),
			});
			const request = httpsRequest({
				host: 'localhost',
				family: 4,
				port: listener.port,
				ca: certificate.pem,
			});
			request.end();
			const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
			expect(await readText(response)).toBe('https:');
			const client = await dial(`wss://localhost:${listener.port}/ws`, { ca: certificate.pem });
			client.send(new Uint8Array([9]));
			await expect.poll(() => accepted[0]?.messages.length).toBe(1);
		});

		it('names a certificate that is not there', async () => {
			await expect(
				start({ tls: { certFile: '/nowhere/cert.pem', keyFile: certificate.keyFile } }),
			).rejects.toThrow('/nowhere/cert.pem');
		});
	});

	describe(`${name}: close`, () => {
		it('says goodbye to sockets, lets a response end and takes nobody new', async () => {
			let finish: (() => void) | undefined;
			const { listener, accepted, origin, wsUrl } = await start({
				fetch: () =>
					new Promise((resolve) => {
						finish = () => {
							resolve(new Response('in time'));
						};
					}),
			});
			const client = await dial(wsUrl);
			const answer = fetch(origin);
			await expect.poll(() => finish).toBeDefined();
			const closing = listener.close(2_000);
			const [code] = (await once(client, 'close')) as [number];
			expect(code).toBe(1001);
			finish?.();
			expect(await (await answer).text()).toBe('in time');
			await closing;
			await expect.poll(() => accepted[0]?.closes).toBe(1);
			await expect(fetch(origin)).rejects.toThrow();
		});

		it('cuts what does not end within the grace', async () => {
			const { listener, accepted, origin } = await start({
				fetch: () => new Promise(() => undefined),
			});
			const deaf = await rawSocket(listener.port, handshake);
			deaf.pause();
			const answer = fetch(origin).then(
				() => 'answered',
				() => 'cut',
			);
			await expect.poll(() => accepted.length).toBe(1);
			await sleep(50);
			const startMs = performance.now();
			await listener.close(300);
			expect(performance.now() - startMs).toBeLessThan(1_500);
			expect(await answer).toBe('cut');
			await expect.poll(() => accepted[0]?.closes).toBe(1);
		});
	});
}
