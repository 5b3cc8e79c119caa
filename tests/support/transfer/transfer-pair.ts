// Two peers with transfers and an edge between them that tests can cut, delay or let lie. The peers sign
// with real keys; which links they use is the test's choice.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { randomFillSync } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { PeerId } from '../../../proto/ids.ts';
import { derivePeerId } from '../../../proto/ids.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	WebRtcSignalSchema,
	type PeerWebRTCMessage,
	type WebRtcSignal,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Signer } from '../../../proto/identity.ts';
import type { Clock, Compression, Logger, PeerLinks } from '../../../peer/ports.ts';
import { createTransfers } from '../../../peer/transfer/create-transfers.ts';
import type { FilmSwarms } from '../../../peer/transfer/sources/film-swarm.ts';
import type { PieceShelves } from '../../../peer/transfer/pieces/piece-shelf.ts';
import type { OfferedFiles, Transfers } from '../../../peer/transfer/transfers.ts';

interface LogLine {
	readonly level: 'info' | 'warn';
	readonly message: string;
	readonly fields: Record<string, unknown>;
}

export interface TestPeer {
	readonly peerId: PeerId;
	readonly signer: Signer;
	readonly transfers: Transfers;
	/** What was logged, newest last. */
	readonly log: LogLine[];
}

/** Carries signals between peers as an edge does. */
export interface TestEdge {
	isUp: boolean;
	/** Changes a signal on its way; `undefined` loses it. */
	tamper: (signal: WebRtcSignal) => WebRtcSignal | undefined;
	/** Everything delivered. */
	readonly delivered: WebRtcSignal[];
	join(peerId: PeerId, receive: (signal: WebRtcSignal) => Promise<void>): void;
	leave(peerId: PeerId): void;
	send(from: PeerId, message: PeerWebRTCMessage): Promise<void>;
}

export function createTestEdge(): TestEdge {
	const peers = new Map<PeerId, (signal: WebRtcSignal) => Promise<void>>();
	const edge: TestEdge = {
		isUp: true,
		tamper: (signal) => signal,
		delivered: [],
		join: (peerId, receive) => void peers.set(peerId, receive),
		leave: (peerId) => void peers.delete(peerId),
		async send(from, message) {
			const receive = peers.get(message.toPeerId as PeerId);
			if (!edge.isUp || receive === undefined) {
				throw new GiggityflixError('unavailable', 'the peer cannot be reached');
			}
			const signal = edge.tamper(
				create(WebRtcSignalSchema, {
					webrtcSessionId: message.webrtcSessionId,
					fromPeerId: from,
					step: message.step,
					infoHash: message.infoHash,
				}),
			);
			if (signal === undefined) return;
			edge.delivered.push(signal);
			await Promise.resolve();
			void receive(signal);
		},
	};
	return edge;
}

export function createTestSigner(): Signer {
	const secretKey = secp256k1.utils.randomSecretKey();
	return {
		publicKey: secp256k1.getPublicKey(secretKey, true),
		sign: (digest) => schnorr.sign(digest, secretKey),
	};
}

export interface TestPeerOptions {
	readonly edge: TestEdge;
	readonly links: PeerLinks;
	readonly clock: Clock;
	readonly offeredFiles?: OfferedFiles;
	readonly maxUploadKbps?: () => number;
	readonly signer?: Signer;
	readonly shelves?: PieceShelves;
	readonly compression?: Compression;
	readonly watching?: Omit<FilmSwarms, 'links'>;
}

export function createTestPeer(options: TestPeerOptions): TestPeer {
	const signer = options.signer ?? createTestSigner();
	const peerId = derivePeerId(signer.publicKey);
	const log: LogLine[] = [];
	const logger: Logger = {
		info: (message, fields = {}) => void log.push({ level: 'info', message, fields }),
		warn: (message, fields = {}) => void log.push({ level: 'warn', message, fields }),
	};
	const transfers = createTransfers({
		links: options.links,
		clock: options.clock,
		randomBytes: (target) => void randomFillSync(target),
		logger,
		signalling: {
			identity: () => ({ peerId, signer }),
			iceServers: () => [],
			send: (message) => options.edge.send(peerId, message),
		},
		offeredFiles: options.offeredFiles ?? {
			open: async () => {
				throw new GiggityflixError('not-found', 'nothing is shared');
			},
		},
		shelves: options.shelves,
		compression: options.compression,
		...(options.watching && { watching: options.watching }),
		maxUploadKbps: options.maxUploadKbps ?? (() => 0),
	});
	options.edge.join(peerId, transfers.handleSignal);
	return { peerId, signer, transfers, log };
}

/** All bytes of a read, in one array. */
export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}
