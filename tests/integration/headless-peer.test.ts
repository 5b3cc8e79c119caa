// The headless peer as people run it: a process with directories and an edge, and another peer that looks for its
// films and reads them.
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { createHash } from 'node:crypto';
import {
	appendFile,
	chmod,
	mkdtemp,
	mkdir,
	readFile,
	rename,
	rm,
	stat,
	writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Peer } from '../../peer/peer.ts';
import { CatalogService, type CatalogEntry } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parsePeerId, type CatalogId } from '../../proto/ids.ts';
import { startHeadlessProgram, type HeadlessProgram } from '../support/headless-program.ts';
import { startHousehold, type Household } from '../support/household.ts';
import { putFilms } from '../support/media.ts';
import { createNodePeer } from '../support/node-peer.ts';
import { freePort } from '../support/running-program.ts';
import { readAll } from '../support/transfer/transfer-pair.ts';

const never = new AbortController().signal;
const operatorToken = 'an operator of films';
const longFilm = 'Long Way Home.mp4';

let household: Household;
let viewer: Peer;
/** Everything of this test on the disk. */
let directory: string;
let films: string;
let headless: HeadlessProgram;
const started: HeadlessProgram[] = [];

beforeAll(async () => {
	household = await startHousehold({ OPERATOR_TOKEN: operatorToken });
	directory = await mkdtemp(join(tmpdir(), 'headless-'));
	films = join(directory, 'films');
	await putFilms(films, { [longFilm]: 'mp4-long', 'Shows/Harbour Lights S01E02.mkv': 'mkv' });
	viewer = createNodePeer(household.url);
	await viewer.start();
	headless = start();
});

afterAll(async () => {
	await viewer.stop();
	await Promise.all(started.map((program) => program.stop('SIGKILL')));
	await household.dispose();
	await rm(directory, { recursive: true, force: true });
});

describe('a directory of films', () => {
	test('is in the catalog, with pictures, facts and who has it', async () => {
		const entry = await found('long way home');
		expect(entry).toMatchObject({ title: 'Long Way Home' });
		expect(only(entry.owners)).toMatchObject({ displayName: 'Attic', isOnline: true });
		await expect
			.poll(async () => (await found('long way')).facts, { timeout: 15_000 })
			.toMatchObject({ widthPx: 640, heightPx: 360, durationMs: 120_000n, mimeType: 'video/mp4' });
		await expect
			.poll(async () => (await found('harbour lights')).posterId, { timeout: 15_000 })
			.toBeDefined();
		const posterId = Buffer.from((await found('harbour')).posterId!).toString('hex');
		const response = await fetch(`${household.url}/api/posters/${posterId}`);
		expect(response.headers.get('content-type')).toBe('image/webp');
		const image = Buffer.from(await response.arrayBuffer());
		expect(image.subarray(8, 15).toString()).toBe('WEBPVP8');
	});

	test('is read by another peer, byte for byte, wherever it reads', async () => {
		const content = await readFile(join(films, longFilm));
		const source = open(await found('long way home'));
		const { sizeBytes } = await source.open(never);
		expect(sizeBytes).toBe(content.length);
		for (const [offsetBytes, lengthBytes] of [
			[sizeBytes - 1000, 1000],
			[5_000_001, 300_000],
			[0, sizeBytes],
		] as const) {
			const bytes = await readAll(source.read({ offsetBytes, lengthBytes }, never));
			expect(bytes.equals(content.subarray(offsetBytes, offsetBytes + lengthBytes))).toBe(true);
		}
		expect(source.connection()).toMatchObject({ kind: 'open', route: 'direct' });
		expect(await headless.logged('viewers')).toMatchObject({
			viewers: 1,
			entries: [(await found('long way home')).catalogId],
		});
		source.close();
	});

	test('has the hashes everybody computes', async () => {
		await headless.logged('everything shared is hashed');
		for (const [query, path] of [
			['long way home', longFilm],
			['harbour lights', 'Shows/Harbour Lights S01E02.mkv'],
		] as const) {
			const { peerId } = only((await found(query)).owners);
			const { catalogId } = await found(query);
			const answer = await command(peerId, { kind: 'file-hash', catalogId });
			expect(answer).toMatchObject({ mediaId: await sha256sum(join(films, path)) });
		}
	});

	test('gives pictures on command', async () => {
		const { catalogId, owners } = await found('long way home');
		const answer = await command(only(owners).peerId, {
			kind: 'screenshot-capture',
			catalogId,
			atMs: [1000, 60_000],
		});
		const { screenshots } = answer as { screenshots: { image: string }[] };
		const images = screenshots.map(({ image }) => Buffer.from(image, 'base64'));
		expect(images.map((image) => image.subarray(8, 12).toString())).toEqual(['WEBP', 'WEBP']);
		expect(images[0]?.equals(images[1]!)).toBe(false);
	});
});

describe('what changes on the disk', () => {
	test('a film that is added, changed, renamed or deleted is so in the catalog', async () => {
		await putFilms(films, { 'New Arrival.mp4': 'mp4-index-in-front' });
		const added = await found('new arrival');
		const { catalogId, sizeBytes } = added;

		await appendFile(join(films, 'New Arrival.mp4'), 'more of it');
		await expect
			.poll(async () => (await found('new arrival')).sizeBytes, { timeout: 15_000 })
			.not.toBe(sizeBytes);
		expect((await found('new arrival')).catalogId).toBe(catalogId);

		await rename(join(films, 'New Arrival.mp4'), join(films, 'Shows', 'Late Arrival.mp4'));
		expect((await found('late arrival')).catalogId).toBe(catalogId);

		await rm(join(films, 'Shows', 'Late Arrival.mp4'));
		await expect.poll(() => search('late arrival'), { timeout: 15_000 }).toEqual([]);
	});

	test('files with other extensions are nobody’s business', async () => {
		await writeFile(join(films, 'Secret.txt'), 'not a film');
		await putFilms(films, { 'Another One.mkv': 'mkv' });
		await found('another one');
		expect(await search('secret')).toEqual([]);
	});
});

describe('commands of the operator', () => {
	test('deleting is refused unless it is allowed', async () => {
		const { catalogId, owners } = await found('another one');
		const refused = await command(only(owners).peerId, { kind: 'file-delete', catalogId });
		expect(refused).toMatchObject({ code: 'permission-denied' });
		expect((await stat(join(films, 'Another One.mkv'))).isFile()).toBe(true);

		await restart({ ALLOW_DELETE: 'true' });
		await headless.logged('online');
		const done = await command(only(owners).peerId, { kind: 'file-delete', catalogId });
		expect(done).not.toHaveProperty('code');
		await expect(stat(join(films, 'Another One.mkv'))).rejects.toThrow('ENOENT');
	});
});

describe('coming and going', () => {
	test('a peer that starts again is the same peer with the same catalog ids', async () => {
		const before = await found('long way home');
		const { exitCode, elapsedMs } = await restart();
		expect(exitCode).toBe(0);
		expect(elapsedMs).toBeLessThan(5000);
		await headless.logged('online');
		await expect.poll(async () => only((await found('long way home')).owners).isOnline).toBe(true);
		const after = await found('long way home');
		expect(after.catalogId).toBe(before.catalogId);
		expect(only(after.owners).peerId).toBe(only(before.owners).peerId);
	});

	test('an edge that restarts is found again, and interrupts no viewer', async () => {
		const source = open(await found('long way home'));
		const { sizeBytes } = await source.open(never);
		const since = headless.lines().length;
		await household.restart();
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never));
		expect(bytes.equals(await readFile(join(films, longFilm)))).toBe(true);
		source.close();
		await headless.logged('online', since);
		await expect.poll(async () => only((await found('long way home')).owners).isOnline).toBe(true);
	}, 90_000);

	test('what is no longer configured is no longer shared', async () => {
		const shows = join(films, 'Shows');
		await restart({ MEDIA_DIRS: shows });
		await expect.poll(() => search('long way home'), { timeout: 15_000 }).toEqual([]);
		await restart();
		await found('long way home');
	});

	test('link-only films are not listed, and private ones are announced to nobody', async () => {
		const { catalogId } = await found('long way home');
		/** Nobody as well when the entry has gone. */
		const owners = () =>
			catalog()
				.getEntry({ catalogId })
				.then(
					({ entry }) => entry?.owners ?? [],
					() => [],
				);
		await restart({ VISIBILITY: 'link-only' });
		await expect.poll(() => search('long way home'), { timeout: 15_000 }).toEqual([]);
		await expect.poll(owners).toMatchObject([{ isOnline: true }]);
		await restart({ VISIBILITY: 'private' });
		await expect.poll(owners, { timeout: 15_000 }).toEqual([]);
		await restart();
		await found('long way home');
	}, 60_000);

	test('a peer that takes a name and gives it up is found under each', async () => {
		const derived = only((await found('long way home')).owners).peerId;
		for (const [environment, peerId] of [
			[{ PEER_ID: 'cellar' }, 'cellar'],
			[{}, derived],
		] as const) {
			await restart(environment);
			const ownerNow = async () =>
				(await search('long way home'))
					.flatMap(({ owners }) => owners)
					.filter(({ isOnline }) => isOnline)
					.map((owner) => owner.peerId);
			await expect.poll(ownerNow, { timeout: 15_000 }).toEqual([peerId]);
		}
	}, 60_000);
});

describe('what cannot work', () => {
	test('a second peer on the same data is refused', async () => {
		const second = start();
		expect(await second.ended()).toBe(1);
		expect(second.output()).toContain('Another peer is using this DATA_DIR');
	});

	test('a name that belongs to another key ends the program', async () => {
		const first = start({ PEER_ID: 'attic', DATA_DIR: join(directory, 'first') });
		await first.logged('online');
		await first.stop();
		const second = start({ PEER_ID: 'attic', DATA_DIR: join(directory, 'second') });
		expect(await second.ended()).toBe(3);
		expect(second.output()).toContain('PEER_ID=attic belongs to another key');
	});

	test('whoever watches it finds its metrics, and its id in its log', async () => {
		const port = await freePort();
		const program = start({
			...{ PEER_ID: 'watched-attic', DATA_DIR: join(directory, 'watched') },
			METRICS_ADDRESS: `127.0.0.1:${port}`,
		});
		expect(await program.logged('online')).toMatchObject({
			program: 'peer',
			peerId: 'watched-attic',
		});
		const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
		await expect.poll(metrics).toMatch(/^giggityflix_peer_films [1-9]/m);
		expect(await metrics()).toMatch(/^giggityflix_peer_online 1$/m);
		expect(await metrics()).toMatch(/edge_messages_total\{direction="in",message="welcome"\} 1$/m);
		expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
		expect(await program.stop()).toMatchObject({ exitCode: 0 });
		await expect(metrics()).rejects.toThrow();
	});

	test('a machine without ffmpeg has facts and pictures all the same', async () => {
		const tapes = join(directory, 'tapes');
		await putFilms(tapes, { 'Old Tape.avi': 'avi' });
		const empty = join(directory, 'empty');
		await mkdir(empty);
		const program = start({
			...{ PATH: empty, MEDIA_DIRS: tapes, DATA_DIR: join(directory, 'bare') },
		});
		await program.logged(
			'no ffmpeg with WebP on this machine: its slower WebAssembly build is used',
		);
		await expect
			.poll(async () => (await found('old tape')).facts, { timeout: 30_000 })
			.toMatchObject({ widthPx: 640, heightPx: 360, videoCodec: 'mp4v.20' });
		await expect
			.poll(async () => (await found('old tape')).posterId?.length, { timeout: 30_000 })
			.toBe(32);
		expect(await program.stop()).toMatchObject({ exitCode: 0 });
	}, 90_000);

	test('an edge that is not there is tried again, and the log says so', async () => {
		const lonely = start({
			EDGE_GRPC_ADDRESS: '127.0.0.1:9',
			DATA_DIR: join(directory, 'lonely'),
		});
		expect(await lonely.logged('the edge cannot be reached; trying again')).toBeDefined();
		const since = lonely.lines().length;
		await lonely.logged('the edge cannot be reached; trying again', since);
		expect(await lonely.stop('SIGINT')).toMatchObject({ exitCode: 0 });
	});

	test('directories that are missing or nested say so', async () => {
		const file = join(directory, 'a-file');
		await writeFile(file, '');
		const wrong = start({ MEDIA_DIRS: '', DATA_DIR: join(directory, 'wrong') }, [
			...['--media-dir', join(directory, 'nowhere'), '--media-dir', file],
			...['--media-dir', films, '--media-dir', join(films, 'Shows')],
		]);
		expect(await wrong.ended()).toBe(2);
		expect(wrong.output()).toContain('nowhere: there is no such directory');
		expect(wrong.output()).toContain('a-file: is not a directory');
		expect(wrong.output()).toContain(`Shows: lies in ${films}`);
	});

	test.skipIf(process.getuid?.() === 0)('an unreadable directory says so', async () => {
		const dark = join(directory, 'dark');
		await mkdir(dark);
		await chmod(dark, 0);
		const wrong = start({ MEDIA_DIRS: dark, DATA_DIR: join(directory, 'wrong') });
		expect(await wrong.ended()).toBe(2);
		expect(wrong.output()).toContain('dark: may not be read by this user');
	});

	test('wrong settings are told all at once', async () => {
		const wrong = start({ PEER_ID: '../etc', SCAN_INTERVAL_MINUTES: 'often' }, ['--media', 'x']);
		expect(await wrong.ended()).toBe(2);
		expect(wrong.output()).toContain('PEER_ID=../etc');
		expect(wrong.output()).toContain('SCAN_INTERVAL_MINUTES=often');
	});

	test('one Ctrl-C that comes from two sides ends it once, and cleanly', async () => {
		const program = start({ DATA_DIR: join(directory, 'interrupted') });
		await program.logged('online');
		program.process.kill('SIGINT');
		program.process.kill('SIGINT');
		expect(await program.ended()).toBe(0);
		expect(program.lines().filter(({ msg }) => msg === 'ending')).toHaveLength(1);
	});
});

function start(
	environment: Readonly<Record<string, string>> = {},
	commandLine: readonly string[] = [],
): HeadlessProgram {
	const program = startHeadlessProgram(
		{
			EDGE_GRPC_ADDRESS: household.grpcAddress,
			MEDIA_DIRS: films,
			DATA_DIR: join(directory, 'peer'),
			DISPLAY_NAME: 'Attic',
			...environment,
		},
		commandLine,
	);
	started.push(program);
	return program;
}

/** Ends the peer and starts it again on the same data. */
async function restart(environment: Readonly<Record<string, string>> = {}) {
	const outcome = await headless.stop();
	headless = start(environment);
	return outcome;
}

function catalog() {
	const transport = createConnectTransport({ baseUrl: household.url, httpVersion: '1.1' });
	return createClient(CatalogService, transport);
}

async function search(query: string): Promise<CatalogEntry[]> {
	return (await catalog().search({ query })).entries;
}

/** The one entry of a query, as soon as there is one. */
async function found(query: string): Promise<CatalogEntry> {
	await expect.poll(async () => (await search(query)).length, { timeout: 15_000 }).toBe(1);
	return only(await search(query));
}

function open({ catalogId, owners }: CatalogEntry) {
	return viewer.openSource({
		catalogId: catalogId as CatalogId,
		ownerPublicKey: only(owners).publicKey,
		ownerPeerIds: owners.map((owner) => parsePeerId(owner.peerId)),
	});
}

async function command(peerId: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
	const response = await fetch(`${household.url}/api/operator/commands`, {
		method: 'POST',
		headers: { authorization: `Bearer ${operatorToken}` },
		body: JSON.stringify({ peerId, command: body }),
	});
	return response.json();
}

async function sha256sum(path: string): Promise<string> {
	return createHash('sha256')
		.update(await readFile(path))
		.digest('hex');
}

function only<Item>(items: readonly Item[]): Item {
	const [first] = items;
	if (first === undefined || items.length > 1) throw new Error(`${items.length} instead of one`);
	return first;
}
