// A headless peer's place: one process with the edge, a directory of films, and programs that share it, as many as a test
// starts. Looks into the catalog as anybody may.
import { createClient, type Client } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CatalogService, type CatalogEntry } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import { startHeadlessProgram, type HeadlessProgram } from './headless-program.ts';
import { startHousehold, type Household } from './household.ts';
import { putFilms } from './media.ts';

export interface Attic {
	readonly household: Household;
	/** Everything of this test on the disk. */
	readonly directory: string;
	/** Directory of two films: `longFilm`, and one in the directory `Shows`. */
	readonly films: string;
	readonly catalog: Client<typeof CatalogService>;
	/** A headless peer that shares the films, unless `environment` says otherwise. */
	start(
		environment?: Readonly<Record<string, string>>,
		commandLine?: readonly string[],
	): HeadlessProgram;
	search(query: string): Promise<CatalogEntry[]>;
	/** The one entry of a query, as soon as there is one. */
	found(query: string): Promise<CatalogEntry>;
	/** Ends all of it. */
	dispose(): Promise<void>;
}

export const longFilm = 'Long Way Home.mp4';

/** `environment` is of the process with the edge. */
export async function openAttic(
	environment: Readonly<Record<string, string>> = {},
): Promise<Attic> {
	const household = await startHousehold(environment);
	const directory = await mkdtemp(join(tmpdir(), 'headless-'));
	const films = join(directory, 'films');
	await putFilms(films, { [longFilm]: 'mp4-long', 'Shows/Harbour Lights S01E02.mkv': 'mkv' });
	const transport = createConnectTransport({ baseUrl: household.url, httpVersion: '1.1' });
	const catalog = createClient(CatalogService, transport);
	const started: HeadlessProgram[] = [];
	const search = async (query: string) => (await catalog.search({ query })).entries;
	return {
		...{ household, directory, films, catalog, search },
		start: (ownEnvironment = {}, commandLine = []) => {
			const program = startHeadlessProgram(
				{
					EDGE_GRPC_ADDRESS: household.grpcAddress,
					MEDIA_DIRS: films,
					DATA_DIR: join(directory, 'peer'),
					DISPLAY_NAME: 'Attic',
					...ownEnvironment,
				},
				commandLine,
			);
			started.push(program);
			return program;
		},
		found: async (query) => {
			await expect.poll(async () => (await search(query)).length, { timeout: 15_000 }).toBe(1);
			return only(await search(query));
		},
		dispose: async () => {
			await Promise.all(started.map((program) => program.stop('SIGKILL')));
			await household.dispose();
			await rm(directory, { recursive: true, force: true });
		},
	};
}

export function only<Item>(items: readonly Item[]): Item {
	const [first] = items;
	if (first === undefined || items.length > 1) throw new Error(`${items.length} instead of one`);
	return first;
}
