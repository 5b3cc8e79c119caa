// An edge as its doors show it: what it serves, whom it admits, and how it starts and leaves.
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { GiggityflixError } from '../../../proto/errors.ts';
import { CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { PeerEdgeService } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { Health } from '../../../proto/gen/grpc/health/v1/health_pb.js';
import { protocolVersion } from '../../../proto/limits.ts';
import type { OperatorSnapshot } from '../../../proto/operator.ts';
import { createSigner } from '../../support/edge-world.ts';
import { edgeFixture, prove } from '../../support/running-edge.ts';
import { createSpeaker } from '../../support/speaker.ts';

const { start, enter, cleanups } = edgeFixture();
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('a running edge', () => {
	it('serves the app, the API and the probes with the security headers on everything', async () => {
		const { origin } = await start();
		const answers = Object.fromEntries(
			await Promise.all(
				['/', '/watch/x', '/healthz', '/readyz', '/metrics', '/api/server', '/api/x', '/x.js'].map(
					async (path) => {
						const response = await fetch(origin + path);
						expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
						expect(response.headers.get('x-content-type-options')).toBe('nosniff');
						return [path, { status: response.status, text: await response.text() }] as const;
					},
				),
			),
		) as Record<string, { status: number; text: string }>;
		expect(answers['/']).toEqual({ status: 200, text: '<p>the app</p>' });
		expect(answers['/watch/x']!.text).toBe('<p>the app</p>');
		expect(answers['/healthz']!.status).toBe(200);
		expect(answers['/readyz']!.status).toBe(200);
		expect(answers['/metrics']!.text).toContain('giggityflix_edge_listener{kind="uws"} 1');
		expect(JSON.parse(answers['/api/server']!.text)).toMatchObject({
			name: 'giggityflix',
			edgeId: 'edge-a',
			protocolVersion,
		});
		expect(answers['/api/x']!.status).toBe(404);
		expect(answers['/x.js']!.status).toBe(404);
	});

	it('answers the catalog to Connect, gRPC-Web and gRPC', async () => {
		const { origin, grpc } = await start();
		const options = { baseUrl: origin, httpVersion: '1.1' } as const;
		for (const transport of [
			createConnectTransport(options),
			createGrpcWebTransport(options),
			grpc,
		]) {
			const client = createClient(CatalogService, transport);
			expect((await client.search({ query: 'four' })).total).toBe(4);
			await expect(client.search({ query: 'a'.repeat(201) })).rejects.toMatchObject({
				code: Code.InvalidArgument,
			});
		}
	});

	it('admits peers at both doors and knows them by their ids', async () => {
		const { httpPort, grpc, origin } = await start({ OPERATOR_TOKEN: 'sixteen characters' });
		const [browser, program] = [createSigner(1), createSigner(2)];
		const { heard } = await enter(httpPort, browser);
		const mouth = createSpeaker();
		const abort = new AbortController();
		const stream = createClient(PeerEdgeService, grpc).asyncOperations(mouth.messages(), {
			headers: { peer_id: program.peerId },
			signal: abort.signal,
		});
		const cases: (string | undefined)[] = [];
		const listening = (async () => {
			for await (const message of stream) {
				cases.push(message.body.case);
				if (message.body.case === 'challenge') mouth.say(prove(program, message));
			}
		})().catch(() => undefined);
		await expect.poll(() => cases).toContain('welcome');
		const listed = await fetch(`${origin}/api/operator/snapshot`, {
			headers: { authorization: 'Bearer sixteen characters' },
		});
		const { peers } = (await listed.json()) as OperatorSnapshot;
		expect(peers.map(({ peerId, here }) => [peerId, here?.door]).sort()).toEqual(
			[
				[browser.peerId, 'websocket'],
				[program.peerId, 'grpc'],
			].sort(),
		);
		expect(await (await fetch(`${origin}/metrics`)).text()).toContain(
			'giggityflix_edge_sessions{door="grpc"} 1',
		);
		expect(heard.filter(({ body }) => body.case === 'reject')).toEqual([]);
		abort.abort();
		mouth.stop();
		await listening;
	});

	it('has no operator API without a token, and none without the right one', async () => {
		const without = await start();
		expect((await fetch(`${without.origin}/api/operator/snapshot`)).status).toBe(404);
		const guarded = await start({ OPERATOR_TOKEN: 'sixteen characters', EDGE_ID: 'edge-b' });
		expect((await fetch(`${guarded.origin}/api/operator/snapshot`)).status).toBe(401);
	});

	it('refuses bad input with a typed code while a good peer stays', async () => {
		const { httpPort, origin } = await start();
		const good = await enter(httpPort, createSigner(1));
		const bad = [new Uint8Array([255, 255]), 'text', new Uint8Array(200_000), new Uint8Array(0)];
		for (const content of bad) {
			const client = new WebSocket(`ws://127.0.0.1:${httpPort}/ws`);
			client.on('error', () => undefined);
			await once(client, 'open');
			client.send(content);
			const [code] = (await once(client, 'close')) as [number];
			expect(GiggityflixError.codeOfClose(code)).toBeDefined();
		}
		const flood = Array.from({ length: 100 }, () => fetch(`${origin}/%2e%2e/%2e%2e/etc/passwd`));
		for (const response of await Promise.all(flood)) {
			expect(await response.text()).not.toContain('root:');
		}
		expect(good.client.readyState).toBe(WebSocket.OPEN);
	});

	it('is not ready while its tracker is silent', async () => {
		const { state, origin } = await start();
		state.isTrackerThere = false;
		expect((await fetch(`${origin}/readyz`)).status).toBe(503);
		expect((await fetch(`${origin}/healthz`)).status).toBe(200);
	});
});

describe('leaving', () => {
	it('drains: not ready, peers told when to come back, then closed', async () => {
		const { edge, httpPort, origin, grpc } = await start();
		const health = createClient(Health, grpc);
		expect((await health.check({})).status).toBe(1);
		const { client, heard } = await enter(httpPort, createSigner(1));
		const closed = once(client, 'close');
		const draining = edge.drain();
		expect((await fetch(`${origin}/readyz`)).status).toBe(503);
		const [code] = (await closed) as [number];
		expect(GiggityflixError.codeOfClose(code)).toBe('unavailable');
		const drain = heard.find(({ body }) => body.case === 'drain')?.body.value;
		expect((drain as { reconnectAfterMs: number }).reconnectAfterMs).toBeGreaterThan(0);
		await draining;
		expect((await health.check({})).status).toBe(2);
		await edge.stop();
		await expect(fetch(origin)).rejects.toThrow();
	});

	it('stops within 10 seconds with peers that do not read, and again without harm', async () => {
		const { edge, httpPort } = await start();
		const { client } = await enter(httpPort, createSigner(1));
		client.pause();
		const startMs = performance.now();
		await Promise.all([edge.stop(), edge.stop()]);
		expect(performance.now() - startMs).toBeLessThan(8_000);
		await edge.stop();
	});
});

describe('starting', () => {
	it.each(['PORT', 'GRPC_SERVER_ADDRESS'])(
		'leaves nothing open when %s is taken',
		async (variable) => {
			const taken = createServer();
			taken.listen(0, '127.0.0.1');
			await once(taken, 'listening');
			cleanups.push(() => taken.close());
			const { port } = taken.address() as AddressInfo;
			const value = variable === 'PORT' ? String(port) : `127.0.0.1:${port}`;
			await expect(start({ [variable]: value })).rejects.toMatchObject({ code: 'EADDRINUSE' });
		},
	);

	it('is a tracker for WebTorrent pages of any site, unless that is turned off', async () => {
		const { httpPort, origin } = await start();
		const announceUrl = `ws://127.0.0.1:${httpPort}/announce`;
		const page = new WebSocket(announceUrl, { origin: 'https://films.example' });
		cleanups.push(() => page.terminate());
		await once(page, 'open');
		page.send(JSON.stringify({ action: 'scrape' }));
		expect(String((await once(page, 'message'))[0])).toContain('"files":{}');
		const metrics = await (await fetch(`${origin}/metrics`)).text();
		expect(metrics).toContain('giggityflix_edge_announce_connections 1');

		const without = await start({ ANNOUNCE_TRACKER: 'false', EDGE_ID: 'edge-b' });
		const refused = new WebSocket(`ws://127.0.0.1:${without.httpPort}/announce`);
		await expect(once(refused, 'open')).rejects.toThrow('Unexpected server response');
	});

	it('opens no gRPC door when it is turned off', async () => {
		const { grpcPort, origin } = await start({ GRPC_SERVER_ADDRESS: '' });
		expect(grpcPort).toBeUndefined();
		expect((await fetch(`${origin}/readyz`)).status).toBe(200);
	});
});
