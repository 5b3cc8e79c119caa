// How fast one film goes from the headless peer to a browser, beside the best that node-datachannel alone can send
// to the same page: this process is the owner, Chromium on the loopback interface the viewer, cells interleaved
// in one run, medians compared. Prints MB/s and CPU time of both with their ratios, and the owner's memory.
import { chromium, type Page } from '@playwright/test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { PeerConnection } from 'node-datachannel';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataChannelLinks } from '../../peer/node/data-channel-links.ts';
import { openOnDisk } from '../../peer/node/disk-folder.ts';
import { systemClock as clock } from '../../peer/node/system-clock.ts';
import { createTransfers } from '../../peer/transfer/create-transfers.ts';
import type { Transfers } from '../../peer/transfer/transfers.ts';
import {
	PeerWebRTCMessageSchema,
	WebRtcSignalSchema,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { derivePeerId, type PeerId } from '../../proto/ids.ts';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { serveTransferPage } from '../support/transfer-page.ts';
import type { Throughput, TransferPage } from '../support/web/transfer-page/calls.ts';
import { median, printComparison, printFigure, residentBytes } from './measure.ts';

type Globals = { transferPage: TransferPage };

const mebibyte = 1024 * 1024;
const messageKibs = [16, 64, 256] as const;
/** As the raw sender in a browser has them (tests/support/web/transfer-page/raw-channel.ts). */
const highWaterBytes = 4 * mebibyte;
const lowWaterBytes = mebibyte;

export interface HeadlessTransferOptions {
	/** Size of the film. */
	readonly filmMebibytes: number;
	/** How often each cell is measured. */
	readonly rounds: number;
	/** Bytes of one raw measurement. */
	readonly rawMebibytes: number;
}

export async function benchHeadlessTransfer(options: HeadlessTransferOptions): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'bench-headless-'));
	const filmPath = join(folder, 'film.mp4');
	// Sparse: the disk is not the subject, the reads through the peer are.
	writeFileSync(filmPath, '');
	truncateSync(filmPath, options.filmMebibytes * mebibyte);
	const server = await serveTransferPage();
	const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
	try {
		const viewer = await browser.newPage();
		const owner = createOwner(filmPath, viewer);
		await viewer.exposeFunction('sendSignal', (_to: string, bytes: number[]) => owner.hear(bytes));
		await viewer.goto(server.url);
		owner.viewerId = await viewer.evaluate(
			() => (globalThis as unknown as Globals).transferPage.peerId as PeerId,
		);
		await compare(owner, viewer, options);
		owner.transfers.stop();
	} finally {
		await browser.close();
		await server.close();
		rmSync(folder, { recursive: true });
	}
}

interface Owner {
	readonly peerId: PeerId;
	readonly transfers: Transfers;
	/** Known once the page is loaded. */
	viewerId: PeerId | undefined;
	/** Takes a step of the viewer. */
	hear(bytes: readonly number[]): Promise<void>;
}

/** The serving half of a headless peer; the bench is the edge between it and the page. */
function createOwner(filmPath: string, viewer: Page): Owner {
	const secretKey = secp256k1.utils.randomSecretKey();
	const signer = {
		publicKey: secp256k1.getPublicKey(secretKey, true),
		sign: (digest: Uint8Array) => schnorr.sign(digest, secretKey),
	};
	const peerId = derivePeerId(signer.publicKey);
	const transfers = createTransfers({
		links: dataChannelLinks({ clock, ownServers: [] }),
		clock,
		randomBytes: (target) => void randomFillSync(target),
		logger: { info: () => undefined, warn: () => undefined },
		signalling: {
			identity: () => ({ peerId, signer }),
			iceServers: () => [],
			send: async (message) =>
				viewer.evaluate(
					([from, bytes]) =>
						(globalThis as unknown as Globals).transferPage.receiveSignal(from, bytes),
					[peerId, [...toBinary(PeerWebRTCMessageSchema, message)]] as const,
				),
		},
		offeredFiles: {
			open: async () => {
				const film = await openOnDisk(filmPath);
				return { film, fileName: 'film.mp4', mimeType: 'video/mp4', sideCars: [] };
			},
		},
		maxUploadKbps: () => 0,
	});
	const owner: Owner = {
		...{ peerId, transfers, viewerId: undefined },
		async hear(bytes) {
			const message = fromBinary(PeerWebRTCMessageSchema, new Uint8Array(bytes));
			const { webrtcSessionId, step, infoHash } = message;
			const $typeName = WebRtcSignalSchema.typeName;
			const fromPeerId = owner.viewerId ?? '';
			await transfers.handleSignal({ $typeName, webrtcSessionId, fromPeerId, step, infoHash });
		},
	};
	return owner;
}

async function compare(
	owner: Owner,
	viewer: Page,
	{ filmMebibytes, rounds, rawMebibytes }: HeadlessTransferOptions,
): Promise<void> {
	const ours: Cost[] = [];
	const raw = new Map<number, Cost[]>(messageKibs.map((kib) => [kib, []]));
	for (let round = 0; round < rounds; round += 1) {
		for (const kib of messageKibs) {
			const send = () => measureRaw(viewer, kib * 1024, rawMebibytes * mebibyte);
			raw.get(kib)?.push(await costOf(send, rawMebibytes));
		}
		ours.push(await costOf(() => download(owner, viewer), filmMebibytes));
	}
	const cells = [...raw].map(([kib, costs]) => ({ kib, ...medianCost(costs) }));
	for (const { kib, speed } of cells) {
		printFigure(`node-datachannel alone, ${kib} KiB messages`, speed, 'MB/s');
	}
	printComparison({
		what: 'headless peer to browser',
		ours: medianCost(ours).speed,
		yardstick: Math.max(...cells.map(({ speed }) => speed)),
		unit: 'MB/s',
		goal: { atLeast: 0.9 },
	});
	printComparison({
		what: "owner's CPU time for each MiB",
		ours: medianCost(ours).cpuMs,
		yardstick: Math.min(...cells.map(({ cpuMs }) => cpuMs)),
		unit: 'ms',
	});
	printFigure(
		"owner's memory, with the bench itself",
		residentBytes(process.pid) / mebibyte,
		'MiB',
	);
}

interface Cost {
	/** MB/s. */
	readonly speed: number;
	/** CPU time of this process for each MiB. */
	readonly cpuMs: number;
}

async function costOf(send: () => Promise<Throughput>, mebibytes: number): Promise<Cost> {
	const before = process.cpuUsage();
	const { bytes, elapsedMs } = await send();
	const { user, system } = process.cpuUsage(before);
	return { speed: bytes / 1e6 / (elapsedMs / 1000), cpuMs: (user + system) / 1000 / mebibytes };
}

function medianCost(costs: readonly Cost[]): Cost {
	return {
		speed: median(costs.map(({ speed }) => speed)),
		cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
	};
}

async function download({ peerId }: Owner, viewer: Page): Promise<Throughput> {
	return viewer.evaluate(
		(ownerId) => (globalThis as unknown as Globals).transferPage.download(ownerId),
		peerId,
	);
}

/** node-datachannel with nothing of ours on it: one buffer again and again, as fast as the channel takes it. */
async function measureRaw(
	viewer: Page,
	messageBytes: number,
	totalBytes: number,
): Promise<Throughput> {
	const connection = new PeerConnection('bench', {
		iceServers: [],
		disableAutoNegotiation: true,
	});
	const gathered = new Promise<void>((resolve) => {
		connection.onGatheringStateChange((state) => {
			if (state === 'complete') resolve();
		});
	});
	const offer = await viewer.evaluate(() =>
		(globalThis as unknown as Globals).transferPage.raw.offer(),
	);
	// Before the answer: what comes while nobody listens is lost.
	const receiving = viewer.evaluate(
		(bytes) => (globalThis as unknown as Globals).transferPage.raw.receive(bytes),
		totalBytes,
	);
	connection.setRemoteDescription(offer, 'offer');
	const channel = connection.createDataChannel('raw', { negotiated: true, id: 0 });
	channel.setBufferedAmountLowThreshold(lowWaterBytes);
	const opened = new Promise<void>((resolve) => channel.onOpen(resolve));
	connection.setLocalDescription('answer');
	await gathered;
	await viewer.evaluate(
		(sdp) => (globalThis as unknown as Globals).transferPage.raw.accept(sdp),
		connection.localDescription()?.sdp ?? '',
	);
	await opened;
	const message = new Uint8Array(messageBytes);
	let wake: () => void = () => undefined;
	channel.onBufferedAmountLow(() => wake());
	for (let sentBytes = 0; sentBytes < totalBytes; sentBytes += messageBytes) {
		if (channel.bufferedAmount() >= highWaterBytes) {
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
		}
		channel.sendMessageBinary(message);
	}
	const result = await receiving;
	await viewer.evaluate(() => (globalThis as unknown as Globals).transferPage.raw.close());
	connection.close();
	return result;
}

if (process.argv[1] === import.meta.filename) {
	// Less than a gibibyte in a round: a minute in all where a link carries 20 MB/s.
	const [filmMebibytes = 192, rounds = 3, rawMebibytes = 64] = process.argv.slice(2).map(Number);
	await benchHeadlessTransfer({ filmMebibytes, rounds, rawMebibytes });
	process.exit(0);
}
