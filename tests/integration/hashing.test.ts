// Real files on a disk through a whole peer in Node: the names it gives them are those sha256sum and create-torrent
// give them.
import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { diskFolder } from '../../peer/node/disk-folder.ts';
import type { Peer } from '../../peer/peer.ts';
import { createMemoryLibraryStore } from '../support/peer/memory-library-store.ts';
import { createNodePeer } from '../support/node-peer.ts';
import { referenceTorrentOf } from '../support/reference-torrent.ts';

const mebibyte = 1024 * 1024;
/** Nobody listens there: hashing needs no edge. */
const nowhere = 'http://127.0.0.1:9';

let directory: string;
let peer: Peer | undefined;

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'films-'));
});
afterEach(async () => {
	await peer?.stop();
	peer = undefined;
	await rm(directory, { recursive: true });
});

it('names files as sha256sum and create-torrent do', async () => {
	const films = {
		'Small.mp4': 12_345,
		'Exactly Four Pieces.mkv': mebibyte,
		'Shows/Ünï Cödé 1.mkv': 40 * mebibyte + 77,
	};
	for (const [path, sizeBytes] of Object.entries(films)) await writeFilm(path, sizeBytes);
	const store = createMemoryLibraryStore();
	peer = createNodePeer(nowhere, store);
	await peer.start();
	await peer.addFolder(diskFolder(directory));

	const hashedPeer = peer;
	await vi.waitFor(
		() => expect(hashedPeer.items().filter(({ torrent }) => torrent)).toHaveLength(3),
		{ timeout: 20_000, interval: 200 },
	);
	for (const item of hashedPeer.items()) {
		const path = join(directory, item.path);
		expect(item.mediaId).toBe(await sha256sum(path));
		const { infoHash, pieceLengthBytes } = item.torrent!;
		const expected = await referenceTorrentOf(path, pieceLengthBytes);
		expect(infoHash).toBe(expected.infoHash);
		const infoDictionary = await store.loadInfoDictionary(item.offerId);
		expect(Buffer.from(infoDictionary!)).toEqual(expected.infoDictionary);
	}
}, 60_000);

it('hashes a file again that has changed on the disk', async () => {
	await writeFilm('Film.mp4', 5 * mebibyte);
	peer = createNodePeer(nowhere);
	await peer.start();
	await peer.addFolder(diskFolder(directory));
	const changing = peer;
	const mediaId = () => changing.items()[0]?.mediaId;
	await vi.waitFor(() => expect(mediaId()).toBeDefined(), { timeout: 20_000 });
	const before = mediaId();
	await appendFile(join(directory, 'Film.mp4'), 'The end');
	await changing.rescan();
	const expected = await sha256sum(join(directory, 'Film.mp4'));
	await vi.waitFor(() => expect(mediaId()).toBe(expected), { timeout: 20_000 });
	expect(before).not.toBe(expected);
}, 60_000);

/** A file that begins with something and goes on in zeros, which take no room on the disk. */
async function writeFilm(path: string, sizeBytes: number): Promise<void> {
	const file = join(directory, path);
	await mkdir(dirname(file), { recursive: true });
	await writeFile(file, Buffer.alloc(Math.min(sizeBytes, 3 * mebibyte), basename(path)));
	await truncate(file, sizeBytes);
}

async function sha256sum(path: string): Promise<string> {
	const { stdout } = await promisify(execFile)('sha256sum', ['-b', path]);
	return /[0-9a-f]{64}/.exec(stdout)?.[0] ?? '';
}
