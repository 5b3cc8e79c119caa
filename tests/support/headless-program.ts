// The headless peer in a process of its own, as `npm run start:peer` runs it without a terminal. Reads its log,
// which is JSON then. Used by integration and browser tests and by benchmarks.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** One line of its log. */
export interface LogLine {
	readonly msg: string;
	readonly [field: string]: unknown;
}

export interface HeadlessProgram {
	readonly process: ChildProcess;
	/** What it has logged so far; lines that are no JSON are left out. */
	lines(): LogLine[];
	/** Everything it has printed. */
	output(): string;
	/** The first line with this message after `since` lines. Rejects when the program ends without it. */
	logged(message: string, since?: number): Promise<LogLine>;
	/** Resolves with the exit code. */
	ended(): Promise<number | null>;
	/** Ends it as an operator does. Returns the exit code and how long it took. */
	stop(signal?: NodeJS.Signals): Promise<{ exitCode: number | null; elapsedMs: number }>;
}

/** `environment` are its variables; nothing is inherited that configures it. */
export function startHeadlessProgram(
	environment: Readonly<Record<string, string>>,
	commandLine: readonly string[] = [],
): HeadlessProgram {
	const child = spawn(
		process.execPath,
		['--disable-warning=ExperimentalWarning', 'peer/node/main.ts', ...commandLine],
		{
			cwd: projectRoot,
			env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
			stdio: ['ignore', 'pipe', 'pipe'],
		},
	);
	const exited = once(child, 'exit');
	let output = '';
	const collect = (chunk: Buffer) => (output += chunk.toString());
	child.stdout.on('data', collect);
	child.stderr.on('data', collect);
	const lines = () => output.split('\n').flatMap(parseLine);
	return {
		process: child,
		lines,
		output: () => output,
		logged: async (message, since = 0) => {
			for (;;) {
				const found = lines()
					.slice(since)
					.find(({ msg }) => msg === message);
				if (found !== undefined) return found;
				if (child.exitCode !== null || child.signalCode !== null) {
					throw new Error(`the peer ended before it said "${message}":\n${output}`);
				}
				await Promise.race([once(child.stdout, 'data'), exited]);
			}
		},
		ended: async () => {
			await exited;
			return child.exitCode;
		},
		stop: async (signal = 'SIGTERM') => {
			const startedAtMs = performance.now();
			child.kill(signal);
			await exited;
			return { exitCode: child.exitCode, elapsedMs: performance.now() - startedAtMs };
		},
	};
}

function parseLine(text: string): LogLine[] {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && 'msg' in value ? [value as LogLine] : [];
	} catch {
		// A stack trace, or a line that is not complete yet.
		return [];
	}
}
