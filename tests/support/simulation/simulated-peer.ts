// A peer of a simulated cluster: the product's own client of the edge, announcer and message handlers over films that are
// only records. It may roam between edges, lose its stream, be reloaded, watch, wait for films and obey commands.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	PeerWebRTCMessageSchema,
	type EdgeMessage,
	type WebRtcSignal,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	parsePeerId,
	randomId,
	type CatalogId,
	type MediaId,
	type PeerId,
	type SubscriptionId,
	type WebRtcSessionId,
} from '../../../proto/ids.ts';
import { createEdgeClient, type EdgeClient } from '../../../peer/edge/edge-client.ts';
import type { EdgeMessageContext } from '../../../peer/edge/messages/context.ts';
import { handleEdgeMessage } from '../../../peer/edge/messages/handlers.ts';
import { createAnnouncer, type AnnounceMemory } from '../../../peer/library/announcer.ts';
import type { LibraryItem } from '../../../peer/library/library-item.ts';
import type { EdgeTransport } from '../../../peer/ports.ts';
import { cheapSignature } from './cheap-proof.ts';
import { createSimulatedFilms, type SimulatedFilms } from './simulated-films.ts';
import { connectWire, type EdgeEnd, type Wire } from './simulated-network.ts';
import { beginLife, clockOf, type Life, type Surroundings } from './surroundings.ts';

export interface SimulatedPeer {
	readonly peerId: PeerId;
	readonly films: SimulatedFilms;
	start(): void;
	/** The page is loaded again: what was only in memory is gone. */
	reload(isNoticed: boolean): void;
	/** Its stream snaps. */
	snap(isNoticed: boolean): void;
	/** It goes to another edge; the one before may not be told. */
	roam(isNoticed: boolean): void;
	/** Whether it reaches any edge. */
	setReachable(isReachable: boolean): void;
	isOnline(): boolean;
	nudge(): void;
	/** The edge that has admitted it. */
	edge(): EdgeEnd | undefined;
	/** One negotiation with another peer: an offer and candidates behind it. */
	offer(to: PeerId): void;
}

export interface PeerDeps extends Surroundings {
	readonly number: number;
	/** An edge to connect to, other than the one that is left. */
	readonly findEdge: (left: EdgeEnd | undefined) => EdgeEnd | undefined;
	readonly witness: PeerWitness;
}

/** Who is told what peers see. */
export interface PeerWitness {
	/** The edge said something. */
	said(peerId: PeerId, edge: EdgeEnd, message: EdgeMessage): void;
	assigned(peerId: PeerId, offerId: string, catalogId: string): void;
	/** A command has reached the peer and is carried out. */
	executes(peerId: PeerId, commandId: string): void;
	matched(peerId: PeerId, subscriptionId: SubscriptionId, catalogId: CatalogId): void;
	stepSent(webrtcSessionId: string): void;
	stepAnswered(webrtcSessionId: string): void;
	stepCame(peerId: PeerId, signal: WebRtcSignal): void;
}

const candidatesPerOffer = 3;

interface State extends PeerDeps {
	readonly peerId: PeerId;
	readonly films: SimulatedFilms;
	memory: AnnounceMemory | undefined;
	/** Number of its last announcement, answered or not. */
	said: number;
	life: Life;
	client: EdgeClient | undefined;
	ring: () => void;
	wire: Wire | undefined;
	left: EdgeEnd | undefined;
	isReachable: boolean;
}

export function createSimulatedPeer(deps: PeerDeps): SimulatedPeer {
	const peerId = parsePeerId(`peer-${deps.number}`);
	const state: State = {
		...deps,
		peerId,
		films: createSimulatedFilms(peerId, deps.choice, () => state.ring()),
		memory: undefined,
		said: 0,
		life: beginLife(peerId),
		client: undefined,
		ring: () => undefined,
		wire: undefined,
		left: undefined,
		isReachable: true,
	};
	return {
		peerId,
		films: state.films,
		start: () => begin(state),
		reload: (isNoticed) => {
			state.life.isOver = true;
			state.client?.stop();
			state.wire?.snap(isNoticed);
			state.life = beginLife(peerId);
			begin(state);
		},
		snap: (isNoticed) => state.wire?.snap(isNoticed),
		roam: (isNoticed) => {
			state.left = state.wire?.edge;
			if (!isNoticed) state.wire?.snap(false);
			state.client?.reconnect();
		},
		setReachable: (isReachable) => {
			state.isReachable = isReachable;
			if (!isReachable) state.wire?.snap(false);
		},
		isOnline: () => state.client?.session() !== undefined,
		nudge: () => state.client?.nudge(),
		edge: () => (state.client?.session() === undefined ? undefined : state.wire?.edge),
		offer: (to) => void negotiate(state, to),
	};
}

function begin(state: State): void {
	const { life, choice, time, log, peerId, witness } = state;
	const clock = clockOf(life, time);
	const logger = {
		info: () => undefined,
		warn: (message: string, fields?: object) =>
			log.note(`${peerId} says ${message} ${JSON.stringify(fields)}`),
	};
	const announcer = createAnnouncer({
		...{ clock, logger },
		offers: state.films.offers,
		memory: () => state.memory,
		remember: (memory) => {
			if (!life.isOver) state.memory = memory;
		},
		numbers: {
			lastSaid: () => state.said,
			saying: (sequence) => {
				state.said = sequence;
			},
		},
		onAssigned: (assignments) => {
			for (const it of assignments) witness.assigned(peerId, it.offerId, it.catalogId);
		},
		onAnnounced: () => undefined,
	});
	const context = contextOf(state, announcer);
	const publicKey = new Uint8Array(33).fill(state.number % 251);
	publicKey.set(new TextEncoder().encode(peerId).subarray(0, 33));
	const client = createEdgeClient({
		transport: { connect: (options) => connect(state, life, options) },
		...{ clock, logger, randomBytes: choice.fill },
		identity: () => ({ peerId, signer: { publicKey, sign: cheapSignature } }),
		displayName: () => `Owner ${state.number}`,
		onMessage: (message, stream) => {
			noteCommand(state, message);
			void handleEdgeMessage({ ...context, stream }, message, logger);
		},
		onAdmitted: (session) => {
			state.left = undefined;
			announcer.begin(session);
		},
	});
	state.client = client;
	state.ring = announcer.libraryChanged;
	client.start();
}

function connect(state: State, life: Life, options: Parameters<EdgeTransport['connect']>[0]) {
	return connectWire(state, {
		...options,
		findEdge: () => (state.isReachable && !life.isOver ? state.findEdge(state.left) : undefined),
		onOpened: (wire) => {
			state.wire = wire;
		},
		onSaid: (edge, message) => state.witness.said(state.peerId, edge, message),
	});
}

function contextOf(
	state: State,
	announcer: EdgeMessageContext['announcer'],
): Omit<EdgeMessageContext, 'stream'> {
	const { peerId, witness } = state;
	return {
		announcer,
		posters: { posterStored: () => undefined },
		signals: { handle: async (signal) => witness.stepCame(peerId, signal) },
		swarms: { introduced: () => undefined },
		catalogEvents: {
			emit: (event) => {
				if (event.kind !== 'subscription-matched') return;
				witness.matched(peerId, event.subscriptionId as SubscriptionId, event.catalogId);
			},
		},
		files: {
			find: (catalogId) => state.films.find(catalogId) as unknown as LibraryItem,
			open: () => Promise.reject(new GiggityflixError('unsupported', 'records have no bytes')),
			isDeleteAllowed: () => true,
			delete: async ({ offerId }) => state.films.delete(offerId),
			hash: async (_item, signal) => {
				await clockOf(state.life, state.time).sleep(state.choice.between(5, 3_000), signal);
				return '00'.repeat(32) as MediaId;
			},
			remap: () => undefined,
		},
		frameGrabber: { grab: async () => [] },
	};
}

function noteCommand({ peerId, witness }: State, { body }: EdgeMessage): void {
	if (body.case === 'fileDeleteRequest' || body.case === 'fileHashRequest') {
		witness.executes(peerId, body.value.commandId);
	}
}

/** Steps follow one another without waiting, as they do while candidates are found. */
async function negotiate(state: State, to: PeerId): Promise<void> {
	const { choice, time, life, witness } = state;
	const session = state.client?.session();
	if (!session) return;
	const webrtcSessionId = randomId<WebRtcSessionId>(choice.fill);
	const send = async (step: object): Promise<void> => {
		const message = create(PeerWebRTCMessageSchema, { webrtcSessionId, toPeerId: to, ...step });
		witness.stepSent(webrtcSessionId);
		await session.sendWebRtc(message).catch(() => undefined);
		witness.stepAnswered(webrtcSessionId);
	};
	const sdp = { sdp: 'v=0', publicKey: new Uint8Array(33), signature: new Uint8Array(64) };
	void send({ step: { case: 'offer', value: sdp } });
	for (let number = 1; number <= candidatesPerOffer; number += 1) {
		await clockOf(life, time).sleep(choice.between(1, 400));
		if (session.signal.aborted) return;
		const value = { candidate: `candidate ${number}`, sdpMid: '0' };
		void send({ step: { case: 'candidate', value } });
	}
}
