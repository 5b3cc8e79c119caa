// Leases several trackers share: one script decides for one peer, by the clock of Redis, so that no tracker's clock and
// no order of arrival lets two edges hold a peer. Tells the other trackers in the same breath.
import { GiggityflixError } from '../../proto/errors.ts';
import type { EdgeId, PeerId, SessionId } from '../../proto/ids.ts';
import type { HeldLease, Lease, LeaseStore, SessionChange } from './lease-store.ts';
import type { RedisConnection } from './redis-connection.ts';
import { keys } from './redis-layout.ts';
import { decide, findHolder } from './redis-lease-scripts.ts';

interface Decision {
	readonly verdict: 'granted' | 'held' | 'ended' | 'lost';
	readonly changes?: SessionChange[];
	readonly taken?: Lease[];
}

type Verb = 'claim' | 'establish' | 'renew' | 'end' | 'take';

interface Asked {
	readonly lease: Partial<Lease> & { readonly peerId: PeerId };
	readonly leaseMs?: number;
	readonly replaces?: string;
	readonly heardOf?: string | undefined;
}

interface Deps {
	readonly connection: RedisConnection;
	/** Names this tracker to the others, so that it does not hear of itself. */
	readonly trackerId: string;
	readonly channel: string;
	/** Notes peers that may be new, before they have a session. */
	readonly register: (peerIds: readonly PeerId[]) => Promise<void>;
	/** Everybody who may have a session. */
	readonly knownPeers: () => Promise<PeerId[]>;
}

/** Sessions are few and short; a thousand scripts are some ten milliseconds of Redis's time. */
const callsPerRound = 1_000;

export function createRedisLeases(deps: Deps): LeaseStore {
	const ask = (verb: Verb, asked: readonly Asked[]) => decideAll(deps, verb, asked);
	const changesOf = (decisions: readonly Decision[]) =>
		decisions.flatMap(({ changes = [] }) => changes);

	return {
		sinceClock: 'epoch',
		claim: async (lease, { leaseMs, replacesSessionId: replaces, heardOfSessionId: heardOf }) => {
			await deps.register([lease.peerId]);
			const decisions = await ask('claim', [{ lease, leaseMs, replaces, heardOf }]);
			const verdict = decisions[0]?.verdict;
			if (verdict === 'ended') {
				throw new GiggityflixError('invalid-argument', 'the session has ended');
			}
			if (verdict === 'lost') {
				throw new GiggityflixError('unavailable', 'the store has lost who holds the peer');
			}
			if (verdict === 'held') {
				throw new GiggityflixError('already-exists', 'another session holds the peer');
			}
			return changesOf(decisions);
		},
		establish: async (lease, leaseMs) => {
			await deps.register([lease.peerId]);
			return changesOf(await ask('establish', [{ lease, leaseMs }]));
		},
		renew: async (leases, leaseMs) => {
			await deps.register(leases.map(({ peerId }) => peerId));
			const decisions = await ask(
				'renew',
				leases.map((lease) => ({ lease, leaseMs })),
			);
			return decisions.map(({ verdict, changes = [] }) => ({
				isHeld: verdict === 'granted',
				changes,
			}));
		},
		end: async (lease) => changesOf(await ask('end', [{ lease }])),
		holders: async (peerIds) => {
			const calls = peerIds.map((peerId) => ({ keys: [keys.sessions(peerId)], args: [] }));
			const answers = (await deps.connection.runEach(findHolder, calls)) as (Buffer | null)[];
			return peerIds.map((peerId, index) => {
				const answer = answers[index];
				if (!answer) return undefined;
				return { peerId, ...(JSON.parse(answer.toString()) as Omit<HeldLease, 'peerId'>) };
			});
		},
		takeExpired: async (peerIds) => {
			const decisions = await ask(
				'take',
				peerIds.map((peerId) => ({ lease: { peerId } })),
			);
			return decisions.flatMap(({ taken = [] }) => taken);
		},
		open: () => readOpen(deps),
	};
}

async function decideAll(deps: Deps, verb: Verb, asked: readonly Asked[]): Promise<Decision[]> {
	const calls = asked.map(({ lease, leaseMs = 0, replaces = '', heardOf = '' }) => {
		const { peerId, edgeId = '', sessionId = '' } = lease;
		const words = [verb, peerId, edgeId, sessionId, leaseMs, replaces];
		return {
			keys: [keys.sessions(peerId), keys.ended(peerId)],
			args: [...words, heardOf, deps.trackerId, deps.channel],
		};
	});
	const decisions: Decision[] = [];
	for (let first = 0; first < calls.length; first += callsPerRound) {
		const round = calls.slice(first, first + callsPerRound);
		const answers = await deps.connection.runEach(decide, round);
		for (const answer of answers as Buffer[]) {
			decisions.push(JSON.parse(answer.toString()) as Decision);
		}
	}
	return decisions;
}

async function readOpen({ connection, knownPeers }: Deps): Promise<HeldLease[]> {
	const found: HeldLease[] = [];
	const peerIds = await knownPeers();
	for (let first = 0; first < peerIds.length; first += callsPerRound) {
		const round = peerIds.slice(first, first + callsPerRound);
		const answers = await connection.send(
			round.map((peerId) => ['HGETALL', keys.sessions(peerId)] as const),
		);
		for (const [index, peerId] of round.entries()) {
			found.push(...readSessions(peerId, answers[index] as Buffer[]));
		}
	}
	return found;
}

function readSessions(peerId: PeerId, raw: readonly Buffer[]): HeldLease[] {
	const sessions: HeldLease[] = [];
	for (let at = 0; at < raw.length; at += 2) {
		const [edgeId = '', sinceMs = ''] = String(raw[at + 1]).split('|');
		sessions.push({
			peerId,
			edgeId: edgeId as EdgeId,
			sessionId: String(raw[at]) as SessionId,
			sinceMs: Number(sinceMs),
		});
	}
	return sessions.sort((one, other) => one.sinceMs - other.sinceMs);
}
