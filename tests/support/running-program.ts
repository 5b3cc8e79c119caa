// One of the project's programs in a process of its own: started, listened to until it says where it is, and ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
const startTimeoutMs = 30_000;

export interface RunningProgram<Addresses> {
	readonly addresses: Addresses;
	readonly process: ChildProcess;
	/** What it has printed so far. */
	output(): string;
}

/** `find` looks for the addresses in what the program prints and answers `undefined` until they are there. */
export async function startProgram<Addresses>(
	main: string,
	environment: Readonly<Record<string, string>>,
	find: (output: string) => Addresses | undefined,
): Promise<RunningProgram<Addresses>> {
	const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
		cwd: projectRoot,
		env: { ...process.env, LOG_LEVEL: 'warn', ...environment },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	const started = Promise.withResolvers<Addresses>();
	const collect = (chunk: Buffer) => {
		output += chunk.toString();
		const addresses = find(output);
		if (addresses !== undefined) started.resolve(addresses);
	};
	child.stdout.on('data', collect);
	child.stderr.on('data', collect);
	const fail = (reason: string) => started.reject(new Error(`${main} ${reason}:\n${output}`));
	child.once('exit', (code) => fail(`ended with ${String(code)}`));
	const timer = setTimeout(() => fail('did not start'), startTimeoutMs);
	try {
		const addresses = await started.promise;
		return { addresses, process: child, output: () => output };
	} catch (error) {
		child.kill('SIGKILL');
		throw error;
	} finally {
		clearTimeout(timer);
	}
}

/** Ends a program and waits for it; answers its exit code. */
export async function endProgram(
	{ process: child }: Pick<RunningProgram<unknown>, 'process'>,
	signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<number | null> {
	if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
	const exited = once(child, 'exit');
	child.kill(signal);
	await exited;
	return child.exitCode;
}
