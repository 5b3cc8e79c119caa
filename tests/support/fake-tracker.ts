// A tracker in memory behind Connect's router transport, as one edge sees it: leases and keys, and ways to make it fail.
// Knows no catalog.
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import {
	TrackerService,
	type ClaimPeerRequest,
	type PeerLease,
} from '../../proto/gen/giggityflix/v1/tracker_pb.js';

export interface FakeTracker {
	/** By peer id; a test takes one away by deleting it. */
	readonly leases: Map<string, PeerLease>;
	readonly claims: ClaimPeerRequest[];
	readonly renewals: PeerLease[][];
	readonly releases: PeerLease[];
	/** Sequence number it answers claims with. */
	catalogSequence: bigint;
	/** Peers it says it knows no catalog of. */
	unknownPeerIds: string[];
	/** What each call waits for; throws to fail. */
	before: (call: 'claim' | 'renew' | 'release') => Promise<void>;
	readonly client: ReturnType<typeof createClient<typeof TrackerService>>;
}

/** One lease for each peer and one key for each chosen id, as the contract has it. */
export function createFakeTracker(): FakeTracker {
	const keys = new Map<string, string>();
	const transport = createRouterTransport((router) => {
		router.service(TrackerService, {
			async claimPeer(request) {
				await tracker.before('claim');
				tracker.claims.push(request);
				const lease = request.lease!;
				const key = Buffer.from(request.publicKey).toString('hex');
				const bound = keys.get(lease.peerId) ?? key;
				if (bound !== key) throw new ConnectError('another key', Code.PermissionDenied);
				const holder = tracker.leases.get(lease.peerId);
				if (holder && holder.sessionId !== request.replacesSessionId) {
					throw new ConnectError('held elsewhere', Code.AlreadyExists);
				}
				keys.set(lease.peerId, key);
				tracker.leases.set(lease.peerId, lease);
				return { catalogSequence: tracker.catalogSequence };
			},
			async renewPeers({ leases }) {
				await tracker.before('renew');
				tracker.renewals.push(leases);
				const lost = leases.filter(
					({ peerId, sessionId }) => tracker.leases.get(peerId)?.sessionId !== sessionId,
				);
				const { unknownPeerIds } = tracker;
				return { lostPeerIds: lost.map(({ peerId }) => peerId), unknownPeerIds };
			},
			async releasePeer({ lease }) {
				await tracker.before('release');
				tracker.releases.push(lease!);
				const held = tracker.leases.get(lease!.peerId);
				if (held?.sessionId === lease!.sessionId) tracker.leases.delete(lease!.peerId);
				return {};
			},
			async locatePeer({ peerId }) {
				const lease = tracker.leases.get(peerId);
				if (!lease) throw new ConnectError('away', Code.NotFound);
				return { lease };
			},
			async routeCommand({ command }) {
				const lease = tracker.leases.get(command?.peerId ?? '');
				if (!lease) throw new ConnectError('away', Code.NotFound);
				return { edgeId: lease.edgeId };
			},
		});
	});
	const tracker: FakeTracker = {
		leases: new Map(),
		claims: [],
		renewals: [],
		releases: [],
		catalogSequence: 0n,
		unknownPeerIds: [],
		before: async () => undefined,
		client: createClient(TrackerService, transport),
	};
	return tracker;
}
