// What an edge has for its operator put together: its reports to the tracker, which every edge sends, and the
// operator API with what it shows, for those with an OPERATOR_TOKEN. Owns starting and leaving.
import type { MessageBus } from '../../bus/message-bus.ts';
import type { BusWatch } from '../../bus/metered-bus.ts';
import { watchProgram } from '../../bus/program-use.ts';
import type { EdgeConfig } from '../config.ts';
import type { Clock, Logger, TrackerClient } from '../ports.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { FetchHandler } from '../transport/listener.ts';
import { createAttemptLimit } from './attempt-limit.ts';
import { createCommandLog, type CommandLog } from './command-log.ts';
import { createEdgeReporter, type EdgeState } from './edge-reporter.ts';
import { createHistory } from './history.ts';
import { createOperatorApi } from './operator-api.ts';
import { createSnapshots } from './snapshot.ts';

export interface Operator {
	/** Answers /api/operator; absent without a token. */
	readonly handle: FetchHandler | undefined;
	/** Called when the doors are open. */
	start(): Promise<void>;
	/** The edge has begun to leave: others are told. */
	leaving(): Promise<void>;
	stop(): Promise<void>;
}

interface Deps {
	readonly config: EdgeConfig;
	readonly tracker: TrackerClient;
	readonly bus: MessageBus;
	/** Absent when nobody counts; then there are no rates and no lag to show. */
	readonly busWatch?: BusWatch | undefined;
	readonly sessions: Pick<Sessions, 'commands' | 'find' | 'list'>;
	readonly clock: Clock;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly logger: Logger;
	readonly state: () => EdgeState;
}

const nothingCounted: BusWatch = { topics: () => [], lag: async () => [] };

export function createOperator(deps: Deps): Operator {
	const { config, sessions } = deps;
	const { edgeId, topics, operatorToken } = config;
	const shared = { ...deps, edgeId, use: watchProgram(deps.clock) };
	const reporter = createEdgeReporter(shared);
	const commands = createCommandLog({ ...shared, topics, commands: sessions.commands });
	const history = createHistory({
		...shared,
		bus: deps.busWatch ?? nothingCounted,
		countPeers: () => deps.state().peers,
	});
	let stops: (() => void)[] = [];
	return {
		handle:
			operatorToken === undefined ? undefined : openApi(shared, operatorToken, commands, history),
		start: async () => {
			stops = [reporter.start()];
			if (operatorToken === undefined) return;
			stops.push(history.start());
			await commands.start();
		},
		leaving: () => reporter.report(),
		stop: async () => {
			for (const stop of stops) stop();
			await commands.stop();
		},
	};
}

function openApi(
	deps: Deps & Pick<Parameters<typeof createSnapshots>[0], 'edgeId' | 'use'>,
	token: string,
	commands: CommandLog,
	history: ReturnType<typeof createHistory>,
): FetchHandler {
	const bus = deps.busWatch ?? nothingCounted;
	return createOperatorApi({
		...deps,
		token,
		commands,
		attempts: createAttemptLimit(deps.clock),
		takeSnapshot: createSnapshots({ ...deps, bus, commands, history }),
	});
}
