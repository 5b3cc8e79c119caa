// Programs that are told of a collector, and programs that are not: what they send it, and what they load for that.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { findFilm } from '../support/found-film.ts';
import { startHousehold } from '../support/household.ts';
import { openOtlpCollector, type OtlpCollector } from '../support/otlp-collector.ts';

const preload = pathToFileURL(join(import.meta.dirname, '../support/loaded-modules.ts'));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('a program', () => {
	it('that is told of a collector sends it what it does, under its name', async () => {
		const collector = await openCollector();
		const loaded = await runOnce({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
		const [service = ''] = collector.services;
		expect(JSON.parse(service)).toMatchObject({
			attributes: expect.arrayContaining([
				{ key: 'service.name', value: { stringValue: 'giggityflix' } },
			]) as unknown,
		});
		expect(collector.spans.map(({ name }) => name)).toContain(
			'giggityflix.v1.CatalogService/Search',
		);
		expect(collector.metrics.length).toBeGreaterThan(0);
		expect(loaded.some(isOfTelemetry)).toBe(true);
	});

	it('that is not sends nothing, and loads nothing of OpenTelemetry', async () => {
		const collector = await openCollector();
		// What the SDK alone would obey.
		const loaded = await runOnce({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.endpoint });
		expect(loaded.some((url) => url.endsWith('/bus/telemetry.ts'))).toBe(true);
		expect(loaded.filter(isOfTelemetry)).toEqual([]);
		expect(collector.requests()).toBe(0);
	});
});

/** Its interfaces alone, which do nothing, come with prom-client. */
const isOfTelemetry = (url: string) => /@opentelemetry\/(?!api\/)/.test(url);

async function openCollector(): Promise<OtlpCollector> {
	const collector = await openOtlpCollector();
	cleanups.push(() => collector.close());
	return collector;
}

/** Asks the product one thing and ends it; answers the addresses of the modules it loaded. */
async function runOnce(environment: Readonly<Record<string, string>>): Promise<string[]> {
	const directory = await mkdtemp(join(tmpdir(), 'telemetry-'));
	cleanups.push(() => rm(directory, { recursive: true }));
	const modules = join(directory, 'modules');
	const household = await startHousehold({
		NODE_OPTIONS: `--import ${preload.href}`,
		LOADED_MODULES: modules,
		...environment,
	});
	cleanups.push(() => household.dispose());
	await findFilm(household, 'anything');
	expect(await household.stop()).toBe(0);
	return (await readFile(modules, 'utf8')).split('\n');
}
