// An edge in memory for tests of the peer: checks the proof, follows announcements by the rules of
// peer_edge.proto, relays signals, and can refuse, drop and forget at will. Its catalog is the model the
// library must converge to.
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { sha256 } from '@noble/hashes/sha2.js';
import {
	EdgeMessageSchema,
	EdgeWebRTCMessageSchema,
	PeerMessageSchema,
	type CatalogDelta,
	type CatalogSnapshot,
	type EdgeMessage,
	type Hello,
	type PeerMessage,
	type PeerWebRTCMessage,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { FileOffer } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import { GiggityflixError } from '../../../proto/errors.ts';
import { helloDigest, verifyPeerIdOfKey, verifySignature } from '../../../proto/identity.ts';
import { deriveCatalogId, parseOfferId, parsePeerId, type PeerId } from '../../../proto/ids.ts';
import { protocolVersion } from '../../../proto/limits.ts';
import type { EdgeTransport } from '../../../peer/ports.ts';

type EdgeBody = NonNullable<MessageInitShape<typeof EdgeMessageSchema>['body']>;

export interface ModelEdge {
	readonly transport: EdgeTransport;
	/** What a connected peer has announced, by offer id. */
	catalog(peerId?: PeerId): ReadonlyMap<string, FileOffer>;
	/** Posters by offer id. */
	readonly posters: Map<string, Uint8Array>;
	/** Everything peers have said, in order. */
	readonly heard: PeerMessage[];
	/** Steps peers have sent. */
	readonly signals: PeerWebRTCMessage[];
	readonly connectCount: number;
	/** Says something to the connected peer. */
	say(body: EdgeBody): void;
	/** Breaks the stream, as a lost network does. */
	drop(error?: GiggityflixError): void;
	/** Forgets all announcements, as a restart without a disk does. */
	forget(): void;
	/** Connecting fails from now on with this; `undefined`: works again. */
	setUnreachable(error: GiggityflixError | undefined): void;
	/** Refuses hellos with this; `undefined`: admits again. */
	setRefusal(refusal: { error: GiggityflixError; retryAfterMs: number } | undefined): void;
	/** Decides whether a message of the peer, or an answer to it, is lost. */
	setLoss(lose: ((what: 'message' | 'answer') => boolean) | undefined): void;
	setSilent(isSilent: boolean): void;
}

interface Announced {
	sequence: number;
	offers: Map<string, FileOffer>;
	/** A snapshot in progress. */
	pending: { sequence: number; page: number; offers: Map<string, FileOffer> } | undefined;
}

interface Stream {
	readonly nonce: Uint8Array;
	readonly deliver: (body: EdgeBody) => void;
	readonly close: (error: Error) => void;
	peerId: PeerId | undefined;
}

export function createModelEdge(
	options: { edgeId?: string; heartbeatIntervalMs?: number; maxOffersPerPage?: number } = {},
): ModelEdge {
	const { edgeId = 'edge-a', heartbeatIntervalMs = 30_000, maxOffersPerPage = 200 } = options;
	const announcements = new Map<string, Announced>();
	const posters = new Map<string, Uint8Array>();
	const heard: PeerMessage[] = [];
	const signals: PeerWebRTCMessage[] = [];
	let stream: Stream | undefined;
	let connectCount = 0;
	let unreachable: GiggityflixError | undefined;
	let refusal: { error: GiggityflixError; retryAfterMs: number } | undefined;
	let lose: ((what: 'message' | 'answer') => boolean) | undefined;
	let isSilent = false;

	function admit(to: Stream, hello: Hello): void {
		if (refusal) {
			const { error, retryAfterMs } = refusal;
			to.deliver({ case: 'reject', value: { failure: error.toFailure(), retryAfterMs } });
			return;
		}
		const peerId = parsePeerId(hello.peerId);
		verifyPeerIdOfKey(peerId, hello.publicKey);
		verifySignature(hello.signature, helloDigest(to.nonce, edgeId, hello.peerId), hello.publicKey);
		to.peerId = peerId;
		to.deliver({
			case: 'welcome',
			value: {
				edgeId,
				sessionId: `session-${String(connectCount)}`,
				sessionToken: `token-${String(connectCount)}`,
				heartbeatIntervalMs,
				iceServers: [{ urls: ['stun:stun.example'] }],
				announceTrackers: ['wss://tracker.example/'],
				limits: { maxOffersPerPage, maxMessagesPerSecond: 100 },
				catalogSequence: BigInt(announcements.get(peerId)?.sequence ?? 0),
			},
		});
	}

	function announcedBy(peerId: PeerId): Announced {
		const known = announcements.get(peerId);
		if (known) return known;
		const fresh: Announced = { sequence: 0, offers: new Map(), pending: undefined };
		announcements.set(peerId, fresh);
		return fresh;
	}

	function answer(to: Stream, sequence: number, offers: readonly FileOffer[]): void {
		if (lose?.('answer')) return;
		const { peerId } = to;
		if (!peerId) return;
		to.deliver({
			case: 'catalogIdAssignments',
			value: {
				sequence: BigInt(sequence),
				assignments: offers.map(({ offerId }) => ({
					offerId,
					catalogId: deriveCatalogId(peerId, parseOfferId(offerId)),
				})),
			},
		});
	}

	function askForSnapshot(to: Stream, lastSequence: number): void {
		to.deliver({ case: 'snapshotRequest', value: { lastSequence: BigInt(lastSequence) } });
	}

	function followSnapshot(to: Stream, state: Announced, message: CatalogSnapshot): void {
		const { page, last, offers } = message;
		const sequence = Number(message.sequence);
		if (page === 0) state.pending = { sequence, page: 0, offers: new Map() };
		const { pending } = state;
		const fits = pending?.sequence === sequence && pending.page === page;
		if (!fits || sequence <= state.sequence) {
			state.pending = undefined;
			askForSnapshot(to, state.sequence);
			return;
		}
		if (offers.length > maxOffersPerPage) throw new Error('the page is too large');
		for (const offer of offers) pending.offers.set(offer.offerId, offer);
		pending.page += 1;
		if (last) {
			state.sequence = sequence;
			state.offers = pending.offers;
			state.pending = undefined;
		}
		answer(to, sequence, offers);
	}

	function followDelta(to: Stream, state: Announced, message: CatalogDelta): void {
		const { upserted, removedOfferIds } = message;
		const sequence = Number(message.sequence);
		if (sequence !== state.sequence + 1) {
			askForSnapshot(to, state.sequence);
			return;
		}
		for (const offer of upserted) state.offers.set(offer.offerId, offer);
		for (const offerId of removedOfferIds) state.offers.delete(offerId);
		state.sequence = sequence;
		answer(to, sequence, upserted);
	}

	function follow(to: Stream, peerId: PeerId, { body }: PeerMessage): void {
		const state = announcedBy(peerId);
		if (body.case === 'catalogSnapshot') followSnapshot(to, state, body.value);
		if (body.case === 'catalogDelta') followDelta(to, state, body.value);
		if (body.case === 'poster') {
			const { offerId, image } = body.value;
			posters.set(offerId, image);
			to.deliver({ case: 'posterStored', value: { offerId, posterId: sha256(image) } });
		}
	}

	function receive(from: Stream, message: PeerMessage): void {
		heard.push(message);
		if (message.body.case === 'hello') admit(from, message.body.value);
		else if (from.peerId && !lose?.('message')) follow(from, from.peerId, message);
	}

	return {
		transport: {
			async connect({ onMessage, onClose, signal }) {
				connectCount += 1;
				await Promise.resolve();
				signal.throwIfAborted();
				if (unreachable) throw unreachable;
				let isOpen = true;
				const later = (act: () => void): void => {
					setImmediate(() => {
						if (isOpen) act();
					});
				};
				const opened: Stream = {
					nonce: new Uint8Array(32).fill(connectCount),
					peerId: undefined,
					deliver(body) {
						// Through the wire format: what cannot be encoded fails here and not in production.
						const bytes = toBinary(EdgeMessageSchema, create(EdgeMessageSchema, { body }));
						if (isSilent) return;
						later(() => {
							onMessage(fromBinary(EdgeMessageSchema, bytes) satisfies EdgeMessage);
						});
					},
					close(error) {
						later(() => {
							isOpen = false;
							onClose(error);
						});
					},
				};
				stream = opened;
				opened.deliver({
					case: 'challenge',
					value: {
						nonce: opened.nonce,
						edgeId,
						minProtocolVersion: protocolVersion,
						maxProtocolVersion: protocolVersion,
					},
				});
				return {
					send(message) {
						const bytes = toBinary(PeerMessageSchema, message);
						later(() => {
							receive(opened, fromBinary(PeerMessageSchema, bytes));
						});
					},
					sendWebRtc(message) {
						signals.push(message);
						return Promise.resolve(create(EdgeWebRTCMessageSchema));
					},
					bufferedBytes: () => 0,
					close: () => (isOpen = false),
				};
			},
		},
		catalog(peerId) {
			const chosen = peerId ?? stream?.peerId;
			return (chosen && announcements.get(chosen)?.offers) ?? new Map<string, FileOffer>();
		},
		posters,
		heard,
		signals,
		get connectCount() {
			return connectCount;
		},
		say: (body) => stream?.deliver(body),
		drop: (error = new GiggityflixError('unavailable', 'the network is gone')) =>
			stream?.close(error),
		forget() {
			announcements.clear();
			posters.clear();
		},
		setUnreachable: (error) => (unreachable = error),
		setRefusal: (next) => (refusal = next),
		setLoss: (next) => (lose = next),
		setSilent: (next) => (isSilent = next),
	};
}
