// The whole product in a process of its own, as `npm start` runs it, on free ports of the loopback
// interface with a data directory of its own. Used by browser tests and benchmarks.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { endProgram, startProgram } from './running-program.ts';

export interface Household {
	/** Origin of the page, without a slash at the end. */
	readonly url: string;
	/** host:port of the gRPC door. */
	readonly grpcAddress: string;
	readonly process: ChildProcess;
	/** What the process has printed so far. */
	output(): string;
	/** Ends the process as an operator does, and waits for it. */
	stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
	/** Starts it again on the same ports with the same data. */
	restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
	/** Ends the process and deletes its data. */
	dispose(): Promise<void>;
}

/** Starts the product; resolves when it says where it is. `environment` adds to its variables. */
export async function startHousehold(
	environment: Readonly<Record<string, string>> = {},
): Promise<Household> {
	const dataDir = await mkdtemp(join(tmpdir(), 'giggityflix-'));
	let running = await launch(dataDir, {
		// A free port by its number: µWS opens port 0 in a way that keeps a restart from using it again.
		PORT: String(await freePort()),
		GRPC_SERVER_ADDRESS: '127.0.0.1:0',
		...environment,
	});
	const { url, grpcAddress } = running;
	const samePorts = { ...environment, PORT: new URL(url).port, GRPC_SERVER_ADDRESS: grpcAddress };
	const stop = (signal?: 'SIGTERM' | 'SIGKILL') => endProgram(running, signal);
	return {
		url,
		grpcAddress,
		get process() {
			return running.process;
		},
		output: () => running.output(),
		stop,
		restart: async (signal) => {
			await stop(signal);
			running = await launch(dataDir, samePorts);
		},
		dispose: async () => {
			await stop();
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

interface Running {
	readonly url: string;
	readonly grpcAddress: string;
	readonly process: ChildProcess;
	output(): string;
}

async function launch(dataDir: string, environment: Record<string, string>): Promise<Running> {
	const variables = { HOST: '127.0.0.1', DATA_DIR: dataDir, STUN_SERVERS: '', ...environment };
	const { addresses, ...running } = await startProgram('main.ts', variables, edgeAddresses);
	return { ...addresses, ...running };
}

/** Where an edge, or the product in one process, says it is. */
export function edgeAddresses(output: string): { url: string; grpcAddress: string } | undefined {
	const url = /(https?:\/\/\S+:\d+)/.exec(output)?.[1];
	const grpcAddress = /gRPC\s+(\S+:\d+)/.exec(output)?.[1];
	return url === undefined || grpcAddress === undefined ? undefined : { url, grpcAddress };
}
