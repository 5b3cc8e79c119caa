import { clone, create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from 'vitest';
import { FailureSchema } from '../../../../../proto/gen/giggityflix/v1/errors_pb.js';
import {
	SignedDescriptionSchema,
	WebRtcSignalSchema,
	type SignedDescription,
	type WebRtcSignal,
} from '../../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { WatchSource } from '../../../../../peer/peer.ts';
import {
	createMemoryFile,
	filmId,
	offerMemoryFile,
	testBytes,
} from '../../../../support/transfer/offered-memory.ts';
import { settle } from '../../../../support/transfer/sleeping-clock.ts';
import {
	createTestSigner,
	type TestEdge,
	type TestPeer,
} from '../../../../support/transfer/transfer-pair.ts';
import { createTransferWorld } from '../../../../support/transfer/transfer-world.ts';

const never = new AbortController().signal;

let { clock, network, edge, createPeer } = createTransferWorld();
let owner: TestPeer;
let viewer: TestPeer;

beforeEach(() => {
	({ clock, network, edge, createPeer } = createTransferWorld());
	const offeredFiles = offerMemoryFile(createMemoryFile(testBytes(1000)));
	owner = createPeer({ offeredFiles });
	viewer = createPeer();
});

const watch = (from: TestPeer = viewer, ownerPublicKey?: Uint8Array): WatchSource =>
	from.transfers.openRemote({
		catalogId: filmId,
		ownerPeerIds: [owner.peerId],
		...(ownerPublicKey && { ownerPublicKey }),
	});

const codesOf = ({ log }: TestPeer) => log.map(({ fields }) => fields['code']);

const offerOf = ({ delivered }: TestEdge): WebRtcSignal => {
	const offer = delivered.find(({ step }) => step.case === 'offer');
	if (offer === undefined) throw new Error('no offer was sent');
	return offer;
};

test('the viewer offers, the owner answers, both trickle', async () => {
	const source = watch(viewer, owner.signer.publicKey);
	await source.open(never);
	const said = edge.delivered.map(({ fromPeerId, step }) => [
		fromPeerId === viewer.peerId ? 'viewer' : 'owner',
		step.case,
	]);
	expect(said).toEqual([
		['viewer', 'offer'],
		['viewer', 'candidate'],
		['owner', 'answer'],
		['owner', 'candidate'],
	]);
	const { webrtcSessionId } = offerOf(edge);
	expect(owner.transfers.knows(webrtcSessionId)).toBe(true);
	expect(viewer.transfers.knows(webrtcSessionId)).toBe(true);
	expect(viewer.transfers.knows('zzzzzzzzzzzzzzzzzzzzzzzzzz')).toBe(false);
	expect([...owner.log, ...viewer.log]).toEqual([]);
});

test('candidates may come before their offer', async () => {
	const late: WebRtcSignal[] = [];
	edge.tamper = (signal) => {
		if (signal.step.case !== 'offer') return signal;
		late.push(signal);
		return undefined;
	};
	const opening = watch().open(never);
	await settle();
	for (const signal of late) await owner.transfers.handleSignal(signal);
	expect(await opening).toMatchObject({ sizeBytes: 1000 });
});

describe('a lying edge', () => {
	const lies: [string, (signal: WebRtcSignal) => void][] = [
		[
			'another fingerprint',
			({ step }) => {
				if (step.case === 'offer') step.value.sdp = step.value.sdp.replace('AB', 'AC');
			},
		],
		[
			'another key',
			({ step }) => {
				if (step.case === 'offer') step.value.publicKey = createTestSigner().publicKey;
			},
		],
		['another sender', (signal) => (signal.fromPeerId = createTestSignerPeerId())],
		['another negotiation', (signal) => (signal.webrtcSessionId = 'zzzzzzzzzzzzzzzzzzzzzzzzzz')],
		[
			'no fingerprint at all',
			({ step }) => {
				if (step.case === 'offer') step.value.sdp = 'v=0\r\n';
			},
		],
		[
			'an SDP without end',
			({ step }) => {
				if (step.case === 'offer') step.value.sdp += 'a'.repeat(20_000);
			},
		],
	];

	test.each(lies)('%s in an offer: no link is made for it', async (_, lie) => {
		edge.tamper = (signal) => {
			const changed = clone(WebRtcSignalSchema, signal);
			if (changed.step.case === 'offer') lie(changed);
			return changed;
		};
		watch()
			.open(never)
			.catch(() => undefined);
		await settle(10);
		expect(network.made).toHaveLength(1);
		expect(owner.log.length).toBeGreaterThan(0);
		expect(edge.delivered.some(({ step }) => step.case === 'answer')).toBe(false);
	});

	test('an answer is taken from the asked peer alone', async () => {
		edge.tamper = (signal) => {
			const changed = clone(WebRtcSignalSchema, signal);
			if (changed.step.case === 'answer') changed.fromPeerId = createTestSignerPeerId();
			return changed;
		};
		const source = watch();
		source.open(never).catch(() => undefined);
		await settle(10);
		expect(codesOf(viewer)).toContain('not-found');
		expect(source.connection().kind).toBe('connecting');
	});

	test('cannot end an open link with a bye', async () => {
		const source = watch();
		await source.open(never);
		const { webrtcSessionId } = offerOf(edge);
		await viewer.transfers.handleSignal(
			create(WebRtcSignalSchema, {
				webrtcSessionId,
				fromPeerId: owner.peerId,
				step: { case: 'bye', value: {} },
			}),
		);
		expect(source.connection().kind).toBe('open');
	});
});

describe('signals out of place', () => {
	test('a replayed offer is dropped, while the session lives and after', async () => {
		const source = watch();
		await source.open(never);
		const made = network.made.length;
		await owner.transfers.handleSignal(offerOf(edge));
		network.made[0]?.cut();
		source.close();
		await settle();
		await owner.transfers.handleSignal(offerOf(edge));
		expect(codesOf(owner)).toEqual(['already-exists', 'already-exists']);
		expect(owner.log.map(({ level }) => level)).toEqual(['warn', 'warn']);
		expect(network.made.length).toBeLessThanOrEqual(made + 2);
	});

	test.each<[string, Partial<WebRtcSignal>]>([
		['an answer to nothing', { step: { case: 'answer', value: offerValue() } }],
		['a bye to nothing', { step: { case: 'bye', value: create(FailureSchema) } }],
		['a malformed session id', { webrtcSessionId: '../../etc' }],
		['a malformed peer', { fromPeerId: '<b>' }],
		['a signal without a step', { step: { case: undefined } }],
	])('%s is dropped and logged', async (_, changes) => {
		const signal = create(WebRtcSignalSchema, {
			webrtcSessionId: 'bbbbbbbbbbbbbbbbbbbbbbbbbb',
			fromPeerId: viewer.peerId,
			step: { case: 'answer', value: offerValue() },
		});
		await owner.transfers.handleSignal({ ...signal, ...changes });
		expect(owner.log).toHaveLength(1);
		expect(network.made).toHaveLength(0);
	});

	test('an offer in a swarm the peer is not in is refused, and no fault of anybody', async () => {
		edge.tamper = (signal) => ({ ...signal, infoHash: new Uint8Array(20) });
		const source = watch();
		source.open(never).catch(() => undefined);
		await settle(10);
		expect(source.connection()).toMatchObject({ kind: 'lost', reason: 'not-found' });
		expect(owner.log).toMatchObject([{ level: 'info', fields: { code: 'not-found' } }]);
	});

	test('candidates without number or end are not kept', async () => {
		for (let count = 0; count < 70; count++) {
			await owner.transfers.handleSignal(candidateSignal('c'.repeat(10)));
		}
		expect(codesOf(owner).filter((code) => code === 'resource-exhausted')).toHaveLength(6);
		await owner.transfers.handleSignal(candidateSignal('c'.repeat(2000)));
		expect(codesOf(owner).at(-1)).toBe('invalid-argument');
	});

	const candidateSignal = (candidate: string) =>
		create(WebRtcSignalSchema, {
			webrtcSessionId: 'bbbbbbbbbbbbbbbbbbbbbbbbbb',
			fromPeerId: viewer.peerId,
			step: { case: 'candidate', value: { candidate, sdpMid: '0' } },
		});
});

describe('limits', () => {
	test('one viewer may hold eight links, another still comes in', async () => {
		const tabs = Array.from({ length: 9 }, () => createPeer({ signer: viewer.signer }));
		const sources: WatchSource[] = [];
		for (const tab of tabs) {
			// Tabs of one browser share a peer id; the edge hands on what the leading tab would.
			edge.join(tab.peerId, async (signal) => {
				await tabs
					.find(({ transfers }) => transfers.knows(signal.webrtcSessionId))
					?.transfers.handleSignal(signal);
			});
			const source = watch(tab);
			sources.push(source);
			source.open(never).catch(() => undefined);
			await settle(10);
		}
		expect(sources.map((source) => source.connection().kind)).toEqual([
			...new Array<string>(8).fill('open'),
			'lost',
		]);
		expect(sources.at(-1)?.connection()).toMatchObject({ reason: 'resource-exhausted' });
		expect(owner.log).toMatchObject([
			{ level: 'info', fields: { fromPeerId: viewer.peerId, code: 'resource-exhausted' } },
		]);
		const stranger = createPeer();
		await watch(stranger).open(never);
	});

	test('a negotiation that leads nowhere is given up by both sides', async () => {
		network.hasRoute = false;
		watch()
			.open(never)
			.catch(() => undefined);
		await clock.advance(10_050);
		expect(network.made.slice(0, 2).every((link) => link.isClosed)).toBe(true);
	});
});

function offerValue(): SignedDescription {
	return create(SignedDescriptionSchema, {
		sdp: 'v=0',
		publicKey: new Uint8Array(33),
		signature: new Uint8Array(64),
	});
}

function createTestSignerPeerId(): string {
	return 'gfaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
}
