// What somebody does who comes to watch a film, as far as servers see it: is admitted by an edge, finds the film, and
// negotiates with its owner. And an owner who does no more than answer. Their descriptions connect nobody, for an edge
// looks at the form of one only.
import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { randomFillSync } from 'node:crypto';
import { vi } from 'vitest';
import { CatalogService } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import {
	SignedDescriptionSchema,
	type EdgeFrame,
	type WebRtcSignal,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { randomId, type WebRtcSessionId } from '../../proto/ids.ts';
import { findFilm } from './found-film.ts';
import { connectLightPeer, type LightPeer } from './light-peer.ts';
import { offer } from './offers.ts';

interface Edge {
	readonly url: string;
}

/** How long each part took. */
export interface Visit {
	readonly admissionMs: number;
	readonly searchMs: number;
	readonly entryMs: number;
	readonly negotiationMs: number;
}

const title = 'A Winter in Lofoten';
const description = create(SignedDescriptionSchema, {
	sdp: 'v=0',
	publicKey: new Uint8Array(33).fill(2),
	signature: new Uint8Array(64),
});

/** Resolves when the film can be found. Whoever calls closes the owner. */
export async function startLightOwner(edge: Edge): Promise<LightPeer> {
	const owner = connectLightPeer(edge.url);
	owner.onFrame = (frame) => {
		const signal = signalIn(frame);
		if (signal?.step.case === 'offer') {
			sendDescription(owner, 'answer', signal.fromPeerId, signal.webrtcSessionId);
		}
	};
	await owner.admitted;
	const value = { sequence: 1n, offers: [offer(1, { title })], last: true };
	owner.send({ content: { case: 'message', value: { body: { case: 'catalogSnapshot', value } } } });
	await vi.waitUntil(() => findFilm(edge, title), { timeout: 15_000 });
	return owner;
}

/** Rejects when any part of it fails. */
export async function visit(edge: Edge): Promise<Visit> {
	let sinceMs = performance.now();
	const lap = () => {
		const fromMs = sinceMs;
		sinceMs = performance.now();
		return sinceMs - fromMs;
	};
	const viewer = connectLightPeer(edge.url);
	try {
		await viewer.admitted;
		const admissionMs = lap();
		const found = await findFilm(edge, title);
		const searchMs = lap();
		const { entry } = await catalogOf(edge).getEntry({ catalogId: found?.catalogId ?? '' });
		const entryMs = lap();
		await negotiate(viewer, entry?.owners[0]?.peerId ?? '');
		return { admissionMs, searchMs, entryMs, negotiationMs: lap() };
	} finally {
		viewer.close();
	}
}

const catalogOf = ({ url }: Edge) =>
	createClient(CatalogService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' }));

/** Resolves with the owner's answer to an offer. */
function negotiate(viewer: LightPeer, ownerId: string): Promise<void> {
	const sessionId = randomId<WebRtcSessionId>((target) => void randomFillSync(target));
	return new Promise((resolve, reject) => {
		viewer.onFrame = (frame) => {
			const signal = signalIn(frame);
			if (signal?.step.case === 'answer' && signal.webrtcSessionId === sessionId) resolve();
			const failure = frame.content.case === 'webrtc' ? frame.content.value.failure : undefined;
			if (failure) reject(new Error(`the offer did not arrive: ${failure.message}`));
		};
		sendDescription(viewer, 'offer', ownerId, sessionId);
	});
}

function signalIn({ content }: EdgeFrame): WebRtcSignal | undefined {
	const body = content.case === 'message' ? content.value.body : undefined;
	return body?.case === 'webrtcSignal' ? body.value : undefined;
}

function sendDescription(
	from: LightPeer,
	step: 'offer' | 'answer',
	toPeerId: string,
	webrtcSessionId: string,
): void {
	const value = { webrtcSessionId, toPeerId, step: { case: step, value: description } };
	from.send({ requestId: 1, content: { case: 'webrtc', value } });
}
