// Two peers, a real file and real WebRTC (node-datachannel): what a viewer reads is what the owner has,
// whatever happens on the way. Only the edge between them is a stand-in.
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clone } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import { WebRtcSignalSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { CatalogId } from '../../proto/ids.ts';
import type { WatchSource } from '../../peer/peer.ts';
import { dataChannelLinks } from '../../peer/node/data-channel-links.ts';
import type { OpenFile, PeerLink, PeerLinks } from '../../peer/ports.ts';
import type { OfferedFiles } from '../../peer/transfer/transfers.ts';
import { realClock } from '../support/transfer/real-clock.ts';
import {
	createTestEdge,
	createTestPeer,
	createTestSigner,
	readAll,
	type TestEdge,
	type TestPeer,
} from '../support/transfer/transfer-pair.ts';

const catalogId = 'aaaaaaaaaaaaaaaaaaaaaaaaaa' as CatalogId;
const film = randomBytes(12 * 1024 * 1024 + 12_345);
const subtitles = Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHello\n');
const never = new AbortController().signal;

let folder: string;
let filmPath: string;
let edge: TestEdge;
let owner: TestPeer;
let viewer: TestPeer;
/** Links of the viewer in the order they were made; `cut` loses one as a network does. */
let viewerLinks: { link: PeerLink; cut: () => void }[];
const sources: WatchSource[] = [];

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'direct-transfer-'));
	filmPath = join(folder, 'film.mp4');
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
	await writeFile(filmPath, film);
	edge = createTestEdge();
	viewerLinks = [];
	const rtc = createNodeLinks();
	owner = createTestPeer({ edge, links: rtc, clock: realClock, offeredFiles: folderOf(filmPath) });
	viewer = createTestPeer({ edge, links: cuttable(rtc), clock: realClock });
});

afterEach(() => {
	for (const source of sources.splice(0)) source.close();
	viewer.transfers.stop();
	owner.transfers.stop();
});

describe('a film of another peer', () => {
	test('is described and read byte for byte', async () => {
		const source = watch();
		const facts = await source.open(never);
		expect(facts).toMatchObject({
			sizeBytes: film.length,
			mimeType: 'video/mp4',
			fileName: 'film.mp4',
			sideCars: [{ index: 1, fileName: 'film.en.srt', language: 'en' }],
		});
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: film.length }, never));
		expect(bytes.equals(film)).toBe(true);
		expect(source.connection()).toMatchObject({ kind: 'open', route: 'direct' });
		expect(owner.transfers.serving()).toMatchObject({
			viewers: 1,
			viewersByEntry: { [catalogId]: 1 },
		});
	});

	test('is read in many ranges at once, over one link', async () => {
		const source = watch();
		await source.open(never);
		const ranges = Array.from({ length: 40 }, (_, index) => ({
			offsetBytes: index * 300_007,
			lengthBytes: 1 + index * 7_001,
		}));
		const read = await Promise.all(ranges.map((range) => readAll(source.read(range, never))));
		for (const [index, { offsetBytes, lengthBytes }] of ranges.entries()) {
			const expected = film.subarray(offsetBytes, offsetBytes + lengthBytes);
			expect(read[index]?.equals(expected)).toBe(true);
		}
		expect(viewerLinks).toHaveLength(1);
	});

	test('comes with its subtitles', async () => {
		const source = watch();
		await source.open(never);
		const range = { offsetBytes: 0, lengthBytes: subtitles.length, sideCar: 1 };
		expect((await readAll(source.read(range, never))).equals(subtitles)).toBe(true);
	});

	test('stops coming when the reader leaves', async () => {
		const source = watch();
		await source.open(never);
		for await (const chunk of source.read(
			{ offsetBytes: 2_000_000, lengthBytes: 10_000_000 },
			never,
		)) {
			expect(chunk.length).toBeGreaterThan(0);
			break;
		}
		await realClock.sleep(300);
		const { totalUploadedBytes } = owner.transfers.serving();
		// Head and tail, and no more than the first window of what was left.
		expect(totalUploadedBytes).toBeLessThan(4 * 1024 * 1024);
		await realClock.sleep(300);
		expect(owner.transfers.serving().totalUploadedBytes).toBe(totalUploadedBytes);
	});

	test('fails as changed when the owner writes to it', async () => {
		const source = watch();
		await source.open(never);
		await utimes(filmPath, new Date(), new Date(Date.now() + 60_000));
		const reading = readAll(source.read({ offsetBytes: 3_000_000, lengthBytes: 1000 }, never));
		await expect(reading).rejects.toMatchObject({ code: 'corrupt' });
		expect(source.connection()).toEqual({ kind: 'failed', reason: 'corrupt' });
		// "Try again" takes the file as it is now.
		source.retry();
		const again = readAll(source.read({ offsetBytes: 3_000_000, lengthBytes: 1000 }, never));
		expect((await again).equals(film.subarray(3_000_000, 3_001_000))).toBe(true);
	});
});

describe('a link that is lost', () => {
	test('is made anew, and a running read goes on at the next byte', async () => {
		const source = watch();
		await source.open(never);
		const parts: Uint8Array[] = [];
		let readBytes = 0;
		for await (const chunk of source.read({ offsetBytes: 0, lengthBytes: film.length }, never)) {
			parts.push(chunk);
			if (readBytes < 4_000_000 && readBytes + chunk.length >= 4_000_000) viewerLinks.at(-1)?.cut();
			readBytes += chunk.length;
		}
		expect(Buffer.concat(parts).equals(film)).toBe(true);
		expect(viewerLinks).toHaveLength(2);
	});

	test('is made anew when the owner comes back after a reload', async () => {
		const source = watch();
		await source.open(never);
		const reading = readAll(source.read({ offsetBytes: 0, lengthBytes: film.length }, never));
		edge.leave(owner.peerId);
		owner.transfers.stop();
		await expect.poll(() => source.connection().kind, { timeout: 15_000 }).toBe('lost');
		const links = createNodeLinks();
		const { signer } = owner;
		const offeredFiles = folderOf(filmPath);
		owner = createTestPeer({ edge, links, clock: realClock, offeredFiles, signer });
		viewer.transfers.signallingRestored();
		expect((await reading).equals(film)).toBe(true);
	});

	test('needs no edge while it is open', async () => {
		const source = watch();
		await source.open(never);
		edge.isUp = false;
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: film.length }, never));
		expect(bytes.equals(film)).toBe(true);
	});
});

describe('an edge that lies', () => {
	test('cannot put its own fingerprint into an offer', async () => {
		edge.tamper = (signal) => {
			const changed = clone(WebRtcSignalSchema, signal);
			if (changed.step.case === 'offer') {
				changed.step.value.sdp = swapFingerprint(changed.step.value.sdp);
			}
			return changed;
		};
		const source = watch();
		source.open(never).catch(() => undefined);
		await expect.poll(() => owner.log).toMatchObject([{ fields: { code: 'unauthenticated' } }]);
		expect(edge.delivered.some(({ step }) => step.case === 'answer')).toBe(false);
	});

	test('cannot put its own fingerprint into an answer', async () => {
		edge.tamper = (signal) => {
			const changed = clone(WebRtcSignalSchema, signal);
			if (changed.step.case === 'answer') {
				changed.step.value.sdp = swapFingerprint(changed.step.value.sdp);
			}
			return changed;
		};
		const source = watch();
		source.open(never).catch(() => undefined);
		await expect
			.poll(() => source.connection())
			.toMatchObject({ kind: 'lost', reason: 'unauthenticated' });
	});

	test('cannot send the viewer to a peer with another key', async () => {
		const source = viewer.transfers.openRemote({
			catalogId,
			ownerPeerIds: [owner.peerId],
			ownerPublicKey: createTestSigner().publicKey,
		});
		sources.push(source);
		source.open(never).catch(() => undefined);
		await expect
			.poll(() => source.connection())
			.toMatchObject({ kind: 'lost', reason: 'unauthenticated' });
	});
});

function watch(): WatchSource {
	const source = viewer.transfers.openRemote({
		catalogId,
		ownerPeerIds: [owner.peerId],
		ownerPublicKey: owner.signer.publicKey,
	});
	sources.push(source);
	return source;
}

function createNodeLinks(): PeerLinks {
	return dataChannelLinks({ clock: realClock, ownServers: [] });
}

function swapFingerprint(sdp: string): string {
	return sdp.replace(/(a=fingerprint:\S+ )(\S\S):(\S\S)/, '$1$3:$2');
}

function folderOf(path: string): OfferedFiles {
	return {
		async open(wanted) {
			if (wanted !== catalogId) throw new GiggityflixError('not-found', 'never shared');
			const memory = { sizeBytes: subtitles.length, modifiedAtMs: 0, mimeType: 'text/plain' };
			const read = async (offset: number, length: number) =>
				new Uint8Array(subtitles.subarray(offset, offset + length));
			return {
				film: await openOnDisk(path),
				fileName: 'film.mp4',
				mimeType: 'video/mp4',
				sideCars: [
					{
						...{ fileName: 'film.en.srt', language: 'en', sizeBytes: subtitles.length },
						open: async () => ({ ...memory, read }),
					},
				],
			};
		},
	};
}

async function openOnDisk(path: string): Promise<OpenFile> {
	const { size, mtimeMs } = await stat(path);
	return {
		sizeBytes: size,
		modifiedAtMs: Math.floor(mtimeMs),
		mimeType: 'video/mp4',
		async read(offsetBytes, lengthBytes) {
			const handle = await open(path);
			try {
				const bytes = new Uint8Array(lengthBytes);
				await handle.read(bytes, 0, lengthBytes, offsetBytes);
				return bytes;
			} finally {
				await handle.close();
			}
		},
	};
}

function cuttable(links: PeerLinks): PeerLinks {
	return {
		create(options) {
			const link = links.create(options);
			const cut = () => {
				link.close();
				options.events.onClose(new GiggityflixError('unavailable', 'cut by the test'));
			};
			viewerLinks.push({ link, cut });
			return link;
		},
	};
}
