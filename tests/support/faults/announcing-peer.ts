// A peer without films that announces an ever-changing catalog, over a WebSocket or gRPC, at whichever edge takes it. It
// keeps to the protocol by itself, without the peer core's announcer: numbers without gaps, a snapshot when it is asked
// for one. What it has announced, and what was acknowledged of it, is the model that the cluster is held against.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdSession, type EdgeSession, type EdgeStream } from '../../../peer/edge/edge-session.ts';
import { identityOfPhrase, newPhrase } from '../../../peer/identity/identity.ts';
import { grpcEdgeTransport } from '../../../peer/node/grpc-edge-transport.ts';
import type { FileOffer } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import {
	PeerMessageSchema,
	type CatalogIdAssignments,
	type EdgeMessage,
	type SnapshotRequest,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { deriveCatalogId, type CatalogId, type OfferId, type PeerId } from '../../../proto/ids.ts';
import { webSocketEdgeTransport } from '../../../web/lib/browser/web-socket-edge-transport.ts';
import { offer, offerId } from '../offers.ts';
import { realClock as clock } from '../transfer/real-clock.ts';

/** Announcements under way at once: a peer does not wait for each. */
const maxUnanswered = 4;
/** Films it keeps; then each new one is announced together with the end of the oldest. */
const maxFilms = 12;
const pageSize = 5;
const retryMs = 200;

/** Where an edge listens. */
export interface EdgeAddresses {
	readonly edgeId: string;
	readonly url: string;
	readonly grpcAddress: string;
}

export interface AnnouncingPeer {
	readonly peerId: PeerId;
	/** The edge that holds it now. */
	edgeId(): string | undefined;
	/** Announces one more film, when it is connected and not too far ahead. */
	announce(): void;
	/** Whether it is connected and everything it said is acknowledged. */
	isQuiet(): boolean;
	/** Title by catalog id: what it offers now. */
	films(): ReadonlyMap<CatalogId, string>;
	/** Every catalog id it ever offered. */
	everOffered(): ReadonlySet<CatalogId>;
	/** Announcements it made, snapshots among them. */
	counts(): { readonly announced: number; readonly snapshots: number; readonly sessions: number };
	/** What an edge did that it may not do. */
	violations(): readonly string[];
	/** Leaves its edge for the next one. */
	moveOn(): void;
	stop(): Promise<void>;
}

/** One peer in progress. */
interface State {
	readonly peerId: PeerId;
	readonly films: Map<OfferId, FileOffer>;
	readonly everOffered: Set<CatalogId>;
	readonly violations: string[];
	/** Numbers of what was said and not answered; a snapshot has one for each page. */
	unanswered: number[];
	/** What was said up to here is answered by a snapshot after it, and perhaps by itself. */
	givenUpTo: number;
	session: EdgeSession | undefined;
	lastSequence: number;
	nextFilm: number;
	announced: number;
	snapshots: number;
	sessions: number;
}

type Body = NonNullable<MessageInitShape<typeof PeerMessageSchema>['body']>;

/** Tries the edges in turn, beginning with the first, whenever it has no session. */
export function startAnnouncingPeer(
	edges: () => readonly EdgeAddresses[],
	door: 'websocket' | 'grpc',
): AnnouncingPeer {
	const randomBytes = (target: Uint8Array) => void randomFillSync(target);
	const identity = identityOfPhrase(newPhrase(randomBytes));
	const state: State = {
		peerId: identity.peerId,
		...{ films: new Map(), everOffered: new Set(), violations: [] },
		...{ unanswered: [], givenUpTo: 0, session: undefined, lastSequence: 0, nextFilm: 1 },
		...{ announced: 0, snapshots: 0, sessions: 0 },
	};
	const life = new AbortController();
	let stay = new AbortController();

	async function run(): Promise<void> {
		for (let attempt = 0; !life.signal.aborted; attempt += 1) {
			const choices = edges();
			const { url, grpcAddress } = choices[attempt % choices.length]!;
			stay = new AbortController();
			const signal = AbortSignal.any([life.signal, stay.signal]);
			await holdSession({
				transport:
					door === 'grpc'
						? grpcEdgeTransport({ edgeUrl: `http://${grpcAddress}` })
						: webSocketEdgeTransport({ url: `${url.replace('http', 'ws')}/ws`, clock }),
				...{ clock, identity, displayName: `peer by ${door}`, signal },
				onMessage: (message, stream) => hear(state, message, stream),
				onAdmitted: (session) => admitted(state, session),
			});
			state.session = undefined;
			await sleep(retryMs, undefined, { signal: life.signal }).catch(() => undefined);
		}
	}
	const running = run();

	return {
		peerId: identity.peerId,
		edgeId: () => state.session?.edgeId,
		announce: () => announceFilm(state),
		isQuiet: () => state.session !== undefined && state.unanswered.length === 0,
		films: () =>
			new Map(Array.from(state.films, ([id, { title }]) => [catalogIdOf(state, id), title])),
		everOffered: () => state.everOffered,
		counts: ({ announced, snapshots, sessions } = state) => ({ announced, snapshots, sessions }),
		violations: () => state.violations,
		moveOn: () => stay.abort(),
		stop: async () => {
			life.abort();
			await running;
		},
	};
}

const catalogIdOf = ({ peerId }: State, id: OfferId): CatalogId => deriveCatalogId(peerId, id);

function admitted(state: State, session: EdgeSession): void {
	state.session = session;
	state.sessions += 1;
	state.unanswered = [];
	if (session.catalogSequence !== state.lastSequence) announceAll(state, session.catalogSequence);
}

/** The rest of what edges say is not for this peer. */
function hear(state: State, { body }: EdgeMessage, stream: EdgeStream): void {
	if (body.case === 'challenge') stream.challenged(body.value);
	if (body.case === 'welcome') stream.welcomed(body.value);
	if (body.case === 'reject') stream.rejected(body.value);
	if (body.case === 'drain') stream.draining(body.value.reconnectAfterMs);
	if (body.case === 'heartbeat') stream.heartbeat(body.value);
	if (body.case === 'catalogIdAssignments') acknowledged(state, body.value);
	if (body.case === 'snapshotRequest') askedForEverything(state, body.value);
}

function acknowledged(state: State, { sequence, assignments }: CatalogIdAssignments): void {
	for (const { offerId: id, catalogId } of assignments) {
		if (catalogId === catalogIdOf(state, id as OfferId)) continue;
		state.violations.push(`film ${id} was given ${catalogId}`);
	}
	if (Number(sequence) <= state.givenUpTo) return;
	const expected = state.unanswered.shift();
	if (expected === Number(sequence)) return;
	state.violations.push(`acknowledged ${sequence} where ${String(expected)} was next`);
}

/** What was under way may have been taken, or not. */
function askedForEverything(state: State, { lastSequence }: SnapshotRequest): void {
	state.unanswered = [];
	state.givenUpTo = state.lastSequence;
	announceAll(state, Number(lastSequence));
}

function announceFilm(state: State): void {
	const { session, unanswered, films } = state;
	if (!session || session.signal.aborted || unanswered.length >= maxUnanswered) return;
	const id = offerId(state.nextFilm) as OfferId;
	const film = offer(state.nextFilm, { offerId: id });
	const [oldest] = films.size < maxFilms ? [] : films.keys();
	state.nextFilm += 1;
	films.set(id, film);
	state.everOffered.add(catalogIdOf(state, id));
	if (oldest !== undefined) films.delete(oldest);
	const sequence = nextSequence(state);
	const removedOfferIds = oldest === undefined ? [] : [oldest];
	const value = { sequence: BigInt(sequence), upserted: [film], removedOfferIds };
	say(state, sequence, { case: 'catalogDelta', value });
}

function announceAll(state: State, lastSequence: number): void {
	state.lastSequence = Math.max(state.lastSequence, lastSequence);
	state.snapshots += 1;
	const sequence = nextSequence(state);
	const offers = [...state.films.values()];
	for (let page = 0; page === 0 || page * pageSize < offers.length; page += 1) {
		const value = {
			...{ sequence: BigInt(sequence), page },
			offers: offers.slice(page * pageSize, (page + 1) * pageSize),
			last: (page + 1) * pageSize >= offers.length,
		};
		say(state, sequence, { case: 'catalogSnapshot', value });
	}
}

function nextSequence(state: State): number {
	state.lastSequence += 1;
	state.announced += 1;
	return state.lastSequence;
}

/** A stream that ends meanwhile is noticed at the next admission. */
function say(state: State, sequence: number, body: Body): void {
	state.unanswered.push(sequence);
	if (state.session?.signal.aborted === false) {
		state.session.send(create(PeerMessageSchema, { body }));
	}
}
