// compose.yaml says what the programs understand: every variable is one they read, every value one they take, every
// command one of them. Whether the containers run takes an engine.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { clusterConfig } from '../../edge-server/cluster-config.ts';
import { edgeSettings, readEdgeConfig } from '../../edge-server/config.ts';
import { trackerDoorsConfig } from '../../tracker/cluster-config.ts';
import { redisOf, trackerConfig } from '../../tracker/config.ts';

interface Service {
	readonly command?: string | readonly string[];
	readonly environment?: Readonly<Record<string, string | number>>;
	readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
	readonly volumes?: readonly string[];
	readonly ports?: readonly string[];
	readonly healthcheck?: { readonly test: readonly string[] };
}

const { services, volumes } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
	services: Readonly<Record<string, Service>>;
	volumes: Readonly<Record<string, unknown>>;
};
const edges = ['edge-a', 'edge-b'];

describe('compose.yaml', () => {
	it.each(edges)('starts %s with what an edge reads', (name) => {
		const environment = environmentOf(name);
		expect(services[name]?.command).toBe('edge-server/main.ts');
		expect(namesOf(edgeSettings, clusterConfig)).toEqual(
			expect.arrayContaining(Object.keys(environment)),
		);
		expect(readEdgeConfig(environment).edgeId).toBe(name);
		expect(clusterConfig.readConfig(environment).TRACKER_ADDRESS).toEqual({
			host: 'tracker',
			port: 50_052,
		});
	});

	it('starts the tracker with what a tracker reads, on Redis', () => {
		const environment = environmentOf('tracker');
		expect(services['tracker']?.command).toBe('tracker/main.ts');
		expect(namesOf(trackerConfig, trackerDoorsConfig)).toEqual(
			expect.arrayContaining(Object.keys(environment)),
		);
		trackerDoorsConfig.readConfig(environment);
		expect(redisOf(trackerConfig.readConfig(environment))).toMatchObject({ host: 'redis' });
	});

	it('gives edges and tracker the same brokers', () => {
		const brokers = ['tracker', ...edges].map(
			(name) => environmentOf(name)['KAFKA_BOOTSTRAP_SERVERS'],
		);
		expect(new Set(brokers)).toEqual(new Set(['kafka:9092']));
	});

	it('asks programs how they are, and sends browsers and peers to them, where they listen', () => {
		const { http, grpc, turnServers } = readEdgeConfig(environmentOf('edge-a'));
		const { TRACKER_HTTP_ADDRESS } = trackerDoorsConfig.readConfig(environmentOf('tracker'));
		const probeOf = (name: string) => services[name]?.healthcheck?.test.at(-1);
		const ready = (at: number) => `'http://127.0.0.1:${at}/readyz'`;
		expect(probeOf('tracker')).toContain(ready(TRACKER_HTTP_ADDRESS.port));
		for (const edge of edges) {
			expect(probeOf(edge)).toContain(ready(http.port));
			expect(services[edge]?.ports).toEqual([expect.stringMatching(new RegExp(`:${grpc?.port}$`))]);
		}
		const upstreams = edges.map((edge) => `${edge}:${http.port}`).join(' ');
		expect(readFileSync('Caddyfile', 'utf8')).toContain(`reverse_proxy ${upstreams} {`);
		const [turnServer = ''] = turnServers;
		expect(services['turn']?.ports).toContain(
			turnServer.replace(/^turn:[^:]+:(\d+)$/, '$1:$1/udp'),
		);
	});

	it('names nothing that is not there', () => {
		for (const { command, depends_on = [], volumes: mounts = [] } of Object.values(services)) {
			if (typeof command === 'string') expect(existsSync(command), command).toBe(true);
			const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
			expect(Object.keys(services)).toEqual(expect.arrayContaining(needed as string[]));
			for (const mount of mounts) {
				const [source = ''] = mount.split(':');
				const isThere = source.startsWith('.') ? existsSync(source) : source in volumes;
				expect(isThere, mount).toBe(true);
			}
		}
	});

	it('has an image whose every folder is there', () => {
		const copied = [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (\w[\w-]*) \1$/gm)];
		expect(copied.length).toBeGreaterThan(4);
		for (const [, folder = ''] of copied) expect(existsSync(folder), folder).toBe(true);
	});
});

/** As an engine fills it in: `${NAME:-value}` is the value while NAME is not set. */
function environmentOf(name: string): Record<string, string> {
	const entries = Object.entries(services[name]?.environment ?? {});
	return Object.fromEntries(
		entries.map(([variable, value]) => [
			variable,
			String(value).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
		]),
	);
}

const namesOf = (...configs: { describeConfig(): readonly { readonly name: string }[] }[]) =>
	configs.flatMap((config) => config.describeConfig().map(({ name }) => name));
