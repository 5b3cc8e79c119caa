import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { beforeEach, describe, expect, it } from 'vitest';
import {
	createOwnerCalls,
	toInfoHash,
	type InfoHash,
	type OwnerCalls,
} from '../../../../edge-server/swarms/owner-calls.ts';
import type { SwarmWanted } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { LocateTorrentResponseSchema } from '../../../../proto/gen/giggityflix/v1/tracker_pb.js';
import type { PeerId } from '../../../../proto/ids.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';

const infoHash = 'ab'.repeat(20) as InfoHash;
const catalogId = 'c'.repeat(26);
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('owners', () => {
	let clock: ManualClock;
	let calls: OwnerCalls;
	let owners: string[];
	let questions: string[];
	let told: [edgeAndPeer: string, wanted: SwarmWanted, waiting: readonly PeerId[]][];
	let warnings: unknown[];
	let failure: Error | undefined;
	beforeEach(() => {
		clock = createManualClock();
		owners = ['laptop', 'nas'];
		questions = [];
		told = [];
		warnings = [];
		failure = undefined;
		const logger = {
			...{ info: () => undefined, error: () => undefined },
			warn: (_: string, fields: unknown) => void warnings.push(fields),
		};
		calls = createOwnerCalls({
			...{ clock, logger },
			tracker: {
				locateTorrent: async (request) => {
					const asked = request.infoHash ?? new Uint8Array();
					questions.push(toInfoHash(asked));
					if (failure) throw failure;
					return create(LocateTorrentResponseSchema, {
						catalogId,
						torrent: { infoHash: asked, name: 'Film.mp4' },
						leases: owners.map((peerId) => ({ peerId, edgeId: 'e', sessionId: 's' })),
					});
				},
			},
			tell: ({ edgeId, peerId }, wanted, waiting) =>
				void told.push([`${edgeId} ${peerId}`, wanted, waiting]),
		});
	});

	it('are asked to seed what somebody wants, for a while', async () => {
		calls.call(infoHash, 'edge');
		await settle();
		expect(told.map(([owner]) => owner)).toEqual(['e laptop', 'e nas']);
		expect(told[1]?.[1]).toMatchObject({
			...{ catalogId, forMs: 60_000, onAnnounceTracker: false, torrent: { name: 'Film.mp4' } },
		});
	});

	it('are told who waits for them', async () => {
		calls.call(infoHash, 'edge', ['ada' as PeerId]);
		await settle();
		expect(told.map(([, , waiting]) => waiting)).toEqual([['ada'], ['ada']]);
	});

	it('are asked to come to the announce tracker for longer, as its clients are heard less often', async () => {
		calls.call(infoHash, 'announce-tracker');
		await settle();
		expect(told[0]?.[1]).toMatchObject({ forMs: 180_000, onAnnounceTracker: true });
	});

	it('are asked again before the last time is over, and not sooner', async () => {
		for (let seconds = 0; seconds < 60; seconds += 1) {
			calls.call(infoHash, 'edge');
			clock.advance(1_000);
		}
		calls.call(infoHash, 'announce-tracker');
		await settle();
		expect(questions).toHaveLength(4);
	});

	it('are at most four', async () => {
		owners = Array.from({ length: 9 }, (_, number) => `peer-${number}`);
		calls.call(infoHash, 'edge');
		await settle();
		expect(told).toHaveLength(4);
	});

	it('are not found out by asking for what nobody offers to everyone', async () => {
		failure = new ConnectError('unknown', Code.NotFound);
		calls.call(infoHash, 'announce-tracker');
		calls.call(infoHash, 'announce-tracker');
		await settle();
		expect([questions.length, told.length, warnings.length]).toEqual([1, 0, 0]);
	});

	it('are asked later when the tracker is away', async () => {
		failure = new ConnectError('away', Code.Unavailable);
		calls.call(infoHash, 'edge');
		await settle();
		expect(warnings).toEqual([{ code: 'unavailable' }]);
		failure = undefined;
		clock.advance(20_000);
		calls.call(infoHash, 'edge');
		await settle();
		expect(told).toHaveLength(2);
	});

	it('are not sought without measure, however many torrents are named', async () => {
		for (let number = 0; number < 5_000; number += 1) {
			calls.call(number.toString(16).padStart(40, '0') as InfoHash, 'announce-tracker');
		}
		await settle();
		expect(questions).toHaveLength(500);
		clock.advance(1_000);
		for (let number = 5_000; number < 10_000; number += 1) {
			calls.call(number.toString(16).padStart(40, '0') as InfoHash, 'announce-tracker');
		}
		await settle();
		expect(questions).toHaveLength(600);
	});
});
