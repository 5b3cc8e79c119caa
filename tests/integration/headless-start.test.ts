// How the headless peer starts and ends: what it refuses, what it does without, and what its log and its door tell.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openAttic, type Attic } from '../support/attic.ts';
import { makeCertificate } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { startHousehold } from '../support/household.ts';
import { putFilms, sparseFilm } from '../support/media.ts';
import { ctrlC, hasTerminal, startOnTerminal } from '../support/pseudo-terminal.ts';

let attic: Attic;

beforeAll(async () => {
	attic = await openAttic();
});

afterAll(() => attic.dispose());

describe('a headless peer', () => {
	test('a second peer on the same data is refused', async () => {
		await attic.start().logged('online');
		const second = attic.start();
		expect(await second.ended()).toBe(1);
		expect(second.output()).toContain('Another peer is using this DATA_DIR');
	});

	test('a name that belongs to another key ends the program', async () => {
		const first = attic.start({ PEER_ID: 'attic', DATA_DIR: join(attic.directory, 'first') });
		await first.logged('online');
		await first.stop();
		const second = attic.start({ PEER_ID: 'attic', DATA_DIR: join(attic.directory, 'second') });
		expect(await second.ended()).toBe(3);
		expect(second.output()).toContain('PEER_ID=attic belongs to another key');
	});

	test('whoever watches it finds its metrics, and its id in its log', async () => {
		const port = await freePort();
		const program = attic.start({
			...{ PEER_ID: 'watched-attic', DATA_DIR: join(attic.directory, 'watched') },
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
		const tapes = join(attic.directory, 'tapes');
		await putFilms(tapes, { 'Old Tape.avi': 'avi' });
		const empty = join(attic.directory, 'empty');
		await mkdir(empty);
		const program = attic.start({
			...{ PATH: empty, MEDIA_DIRS: tapes, DATA_DIR: join(attic.directory, 'bare') },
		});
		await program.logged(
			'no ffmpeg with WebP on this machine: its slower WebAssembly build is used',
		);
		await expect
			.poll(async () => (await attic.found('old tape')).facts, { timeout: 30_000 })
			.toMatchObject({ widthPx: 640, heightPx: 360, videoCodec: 'mp4v.20' });
		await expect
			.poll(async () => (await attic.found('old tape')).posterId?.length, { timeout: 30_000 })
			.toBe(32);
		expect(await program.stop()).toMatchObject({ exitCode: 0 });
	}, 90_000);

	test('an edge that is not there is tried again, and the log says so', async () => {
		const lonely = attic.start({
			EDGE_GRPC_ADDRESS: '127.0.0.1:9',
			DATA_DIR: join(attic.directory, 'lonely'),
		});
		expect(await lonely.logged('the edge cannot be reached; trying again')).toBeDefined();
		const since = lonely.lines().length;
		await lonely.logged('the edge cannot be reached; trying again', since);
		expect(await lonely.stop('SIGINT')).toMatchObject({ exitCode: 0 });
	});

	test('an edge is spoken to over TLS, if its certificate is trusted', async () => {
		const { certFile, keyFile } = await makeCertificate();
		const edge = await startHousehold({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
		onTestFinished(() => edge.dispose());
		const secure = { EDGE_GRPC_ADDRESS: edge.grpcAddress, USE_TLS: 'true' };
		const trusting = attic.start({
			...{ ...secure, TLS_CA_FILE: certFile, DATA_DIR: join(attic.directory, 'trusting') },
		});
		const wary = attic.start({ ...secure, DATA_DIR: join(attic.directory, 'wary') });
		await trusting.logged('online');
		await wary.logged('the edge cannot be reached; trying again');
		expect(await trusting.stop()).toMatchObject({ exitCode: 0 });
		expect(await wary.stop()).toMatchObject({ exitCode: 0 });
	});

	test('directories that are missing or nested say so', async () => {
		const file = join(attic.directory, 'a-file');
		await writeFile(file, '');
		const wrong = attic.start({ MEDIA_DIRS: '', DATA_DIR: join(attic.directory, 'wrong') }, [
			...['--media-dir', join(attic.directory, 'nowhere'), '--media-dir', file],
			...['--media-dir', attic.films, '--media-dir', join(attic.films, 'Shows')],
		]);
		expect(await wrong.ended()).toBe(2);
		expect(wrong.output()).toContain('nowhere: there is no such directory');
		expect(wrong.output()).toContain('a-file: is not a directory');
		expect(wrong.output()).toContain(`Shows: lies in ${attic.films}`);
	});

	test.skipIf(process.getuid?.() === 0)('an unreadable directory says so', async () => {
		const dark = join(attic.directory, 'dark');
		await mkdir(dark);
		await chmod(dark, 0);
		const wrong = attic.start({ MEDIA_DIRS: dark, DATA_DIR: join(attic.directory, 'wrong') });
		expect(await wrong.ended()).toBe(2);
		expect(wrong.output()).toContain('dark: may not be read by this user');
	});

	test('wrong settings are told all at once', async () => {
		const wrong = attic.start({ PEER_ID: '../etc', SCAN_INTERVAL_MINUTES: 'often' }, [
			'--media',
			'x',
		]);
		expect(await wrong.ended()).toBe(2);
		expect(wrong.output()).toContain('PEER_ID=../etc');
		expect(wrong.output()).toContain('SCAN_INTERVAL_MINUTES=often');
	});

	test('one Ctrl-C that comes from two sides ends it once, and cleanly', async () => {
		const program = attic.start({ DATA_DIR: join(attic.directory, 'interrupted') });
		await program.logged('online');
		program.process.kill('SIGINT');
		program.process.kill('SIGINT');
		expect(await program.ended()).toBe(0);
		expect(program.lines().filter(({ msg }) => msg === 'ending')).toHaveLength(1);
		// Nor does it say that the edge it leaves is lost.
		expect(program.lines().at(-1)?.msg).toBe('ending');
	});

	test.skipIf(!hasTerminal)(
		'on a terminal it draws what goes on, and leaves in order',
		async () => {
			const vault = join(attic.directory, 'vault');
			await mkdir(vault);
			// Takes seconds to hash.
			await sparseFilm(join(vault, 'Endless.mp4'), 8 * 2 ** 30);
			const onTerminal = startOnTerminal('peer/node/main.ts', {
				EDGE_GRPC_ADDRESS: attic.household.grpcAddress,
				MEDIA_DIRS: vault,
				DATA_DIR: join(attic.directory, 'on-a-terminal'),
			});
			onTestFinished(() => onTerminal.kill());
			await expect
				.poll(() => onTerminal.rows().at(-1))
				.toMatch(/^online at \S+ · 1 film, 8\.6 GB.* · hashing 0 of 1, [\d.]+ [MG]B\/s, .+ left$/);
			// Above it the log scrolls, in words.
			expect(onTerminal.rows().join('\n')).toMatch(/^\d\d:\d\d:\d\d online \(edgeId=.+\)$/m);
			onTerminal.type(ctrlC);
			const { exitCode, settings } = await onTerminal.ended();
			expect(exitCode).toBe(0);
			expect(onTerminal.rows().slice(-2)).toEqual([expect.stringMatching(/:\d\d ending$/), '']);
			expect(settings.after).toBe(settings.before);
		},
	);
});
