// Keeps one session at an edge, for as long as the peer runs: connect, stay, come back. Rule: at most one
// stream at a time; the wait between two grows with failures and starts anew once the edge has admitted us.
// Knows nothing of what is said on the stream.
import { GiggityflixError } from '../../proto/errors.ts';
import type { EdgeMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Identity } from '../identity/identity.ts';
import type { EdgeState } from '../peer.ts';
import type { Clock, EdgeTransport, Logger, RandomBytes } from '../ports.ts';
import { holdSession, type EdgeSession, type EdgeStream, type Ending } from './edge-session.ts';
import { drawChance, nextDelayMs } from './reconnect-policy.ts';

export interface EdgeClient {
	start(): void;
	stop(): void;
	state(): EdgeState;
	/** The session, while there is one. */
	session(): EdgeSession | undefined;
	/** The network may be back: ends the wait. Does nothing while a stream stands. */
	nudge(): void;
	/** Leaves and comes back at once, because who we are or what we are called has changed. */
	reconnect(): void;
	onChange(listener: () => void): () => void;
}

export interface EdgeClientDependencies {
	readonly transport: EdgeTransport;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly identity: () => Identity;
	readonly displayName: () => string;
	readonly onMessage: (message: EdgeMessage, stream: EdgeStream) => void;
	readonly onAdmitted: (session: EdgeSession) => void;
}

export function createEdgeClient(deps: EdgeClientDependencies): EdgeClient {
	const { clock, logger } = deps;
	const listeners = new Set<() => void>();
	const life = new AbortController();
	let state: EdgeState = { kind: 'connecting', attempt: 0 };
	let session: EdgeSession | undefined;
	/** Ends the stream or the wait of this moment. */
	let turn = new AbortController();
	let isReconnecting = false;
	let hasStarted = false;

	function show(next: EdgeState): void {
		state = next;
		for (const listener of listeners) listener();
	}

	async function hold(): Promise<Ending> {
		turn = new AbortController();
		const ending = await holdSession({
			transport: deps.transport,
			clock,
			identity: deps.identity(),
			displayName: deps.displayName(),
			onMessage: deps.onMessage,
			onAdmitted(admitted) {
				session = admitted;
				show({ kind: 'online', edgeId: admitted.edgeId });
				deps.onAdmitted(admitted);
			},
			signal: AbortSignal.any([life.signal, turn.signal]),
		});
		session = undefined;
		return ending;
	}

	/** Resolves when it is time, or on a nudge. */
	async function wait(attempt: number, ending: Ending): Promise<void> {
		const delayMs = nextDelayMs(attempt, ending.advice, drawChance(deps.randomBytes));
		turn = new AbortController();
		show({
			kind: 'offline',
			retryAtMs: clock.now() + delayMs,
			...(ending.isRefusal && { refused: ending.error.code }),
		});
		try {
			await clock.sleep(delayMs, AbortSignal.any([life.signal, turn.signal]));
		} catch {
			// Nudged, or stopping; the loop knows which.
		}
	}

	async function run(): Promise<void> {
		let attempt = 0;
		while (!life.signal.aborted) {
			show({ kind: 'connecting', attempt });
			const ending = await hold();
			if (life.signal.aborted) return;
			if (isReconnecting) {
				isReconnecting = false;
				attempt = 0;
				continue;
			}
			if (ending.wasAdmitted) attempt = 0;
			logger.info('the stream to the edge ended', {
				code: ending.error.code,
				wasAdmitted: ending.wasAdmitted,
			});
			await wait(attempt, ending);
			attempt += 1;
		}
	}

	return {
		start() {
			if (hasStarted) return;
			hasStarted = true;
			run().catch((caught: unknown) => {
				logger.warn('the edge client stopped', { code: GiggityflixError.from(caught).code });
			});
		},
		stop: () => life.abort(),
		state: () => state,
		session: () => session,
		nudge() {
			if (state.kind === 'offline') turn.abort();
		},
		reconnect() {
			isReconnecting = state.kind !== 'offline';
			turn.abort();
		},
		onChange(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}
