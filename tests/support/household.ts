// The whole product in a process of its own, as `npm start` runs it, on free ports of the loopback
// interface with a data directory of its own. Used by browser tests and benchmarks.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

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
	const stop = (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => end(running.process, signal);
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
	const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'main.ts'], {
		cwd: projectRoot,
		env: {
			...process.env,
			HOST: '127.0.0.1',
			DATA_DIR: dataDir,
			LOG_LEVEL: 'warn',
			STUN_SERVERS: '',
			...environment,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	const collect = (chunk: Buffer) => (output += chunk.toString());
	child.stdout.on('data', collect);
	child.stderr.on('data', collect);
	const started = new Promise<Running>((resolve, reject) => {
		const look = () => {
			const url = /(https?:\/\/\S+:\d+)/.exec(output)?.[1];
			const grpcAddress = /gRPC\s+(\S+:\d+)/.exec(output)?.[1];
			if (url === undefined || grpcAddress === undefined) return;
			resolve({ url, grpcAddress, process: child, output: () => output });
		};
		child.stdout.on('data', look);
		child.once('exit', (code) =>
			reject(new Error(`The product ended with ${String(code)}:\n${output}`)),
		);
		setTimeout(() => reject(new Error(`The product did not start:\n${output}`)), 20_000).unref();
	});
	try {
		return await started;
	} catch (error) {
		child.kill('SIGKILL');
		throw error;
	}
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
	if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
	const exited = once(child, 'exit');
	child.kill(signal);
	await exited;
	return child.exitCode;
}
