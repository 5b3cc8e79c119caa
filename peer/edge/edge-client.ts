// Keeps one session at an edge, for as long as the peer runs: connect, stay, come back. Rule: at most one
// stream at a time; the wait between two grows with failures and starts anew once the edge has admitted us.
// Knows nothing of what is said on the stream.
import { createListeners } from '../listeners.ts';
import type { EdgeMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { SigningIdentity } from '../identity/identity.ts';
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
	readonly identity: () => SigningIdentity;
	readonly displayName: () => string;
	readonly onMessage: (message: EdgeMessage, stream: EdgeStream) => void;
	readonly onAdmitted: (session: EdgeSession) => void;
}

/** The client in progress. */
interface Client {
	readonly deps: EdgeClientDependencies;
	readonly life: AbortController;
	state: EdgeState;
	session: EdgeSession | undefined;
	/** Ends the stream or the wait of this moment. */
	turn: AbortController;
	/** The end of this stream was our own wish; the next one begins at once. */
	isReconnecting: boolean;
	show(state: EdgeState): void;
}

export function createEdgeClient(deps: EdgeClientDependencies): EdgeClient {
	const listeners = createListeners();
	let hasStarted = false;
	const client: Client = {
		deps,
		life: new AbortController(),
		state: { kind: 'connecting', attempt: 0 },
		session: undefined,
		turn: new AbortController(),
		isReconnecting: false,
		show(state) {
			client.state = state;
			listeners.tell();
		},
	};
	return {
		start() {
			if (hasStarted) return;
			hasStarted = true;
			void run(client);
		},
		stop: () => client.life.abort(),
		state: () => client.state,
		session: () => client.session,
		nudge() {
			if (client.state.kind === 'offline') client.turn.abort();
		},
		reconnect() {
			client.isReconnecting = client.state.kind !== 'offline';
			client.turn.abort();
		},
		onChange: listeners.add,
	};
}

async function run(client: Client): Promise<void> {
	const { signal } = client.life;
	let attempt = 0;
	while (!signal.aborted) {
		client.show({ kind: 'connecting', attempt });
		const ending = await hold(client);
		if (ending.wasAdmitted) attempt = 0;
		if (client.isReconnecting) {
			client.isReconnecting = false;
			continue;
		}
		if (ending.error.code !== 'cancelled') {
			const { error, wasAdmitted } = ending;
			client.deps.logger.info('the stream to the edge ended', { code: error.code, wasAdmitted });
		}
		await wait(client, attempt, ending);
		attempt += 1;
	}
}

/** One stream, from connecting to its end. */
async function hold(client: Client): Promise<Ending> {
	const { deps, life } = client;
	client.turn = new AbortController();
	const ending = await holdSession({
		transport: deps.transport,
		clock: deps.clock,
		identity: deps.identity(),
		displayName: deps.displayName(),
		onMessage: deps.onMessage,
		onAdmitted(session) {
			client.session = session;
			client.show({ kind: 'online', edgeId: session.edgeId });
			deps.onAdmitted(session);
		},
		signal: AbortSignal.any([life.signal, client.turn.signal]),
	});
	client.session = undefined;
	return ending;
}

/** Resolves when it is time, on a nudge, or when the client stops. */
async function wait(client: Client, attempt: number, ending: Ending): Promise<void> {
	const { clock, randomBytes } = client.deps;
	const delayMs = nextDelayMs(attempt, ending.advice, drawChance(randomBytes));
	client.turn = new AbortController();
	client.show({
		kind: 'offline',
		retryAtMs: clock.now() + delayMs,
		...(ending.isRefusal && { refused: ending.error.code }),
	});
	try {
		await clock.sleep(delayMs, AbortSignal.any([client.life.signal, client.turn.signal]));
	} catch {
		// Nudged, or stopping; the loop knows which.
	}
}
