// A program on a terminal of its own, as a person has it in front of them: `script` (util-linux) makes the terminal, keys
// are typed into it, and what is drawn on it is read as rows. A shell around the program tells how it ended, and how the
// terminal was set before and after.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
/** What the key sends; the terminal makes SIGINT of it. */
export const ctrlC = '\u0003';

/** Whether there are terminals here. Where CI is set there must be, and tests fail when there are none. */
export const hasTerminal =
	Boolean(process.env['CI']) || spawnSync('script', ['--version']).status === 0;

export interface TerminalProgram {
	/**
	 * What is on the terminal now. Throws at any control sequence but those that draw over the last row: one that hides
	 * the cursor, say, would have to be taken back.
	 */
	rows(): string[];
	type(keys: string): void;
	/** `settings` are those of the terminal, as `stty -g` tells them. */
	ended(): Promise<{
		readonly exitCode: number;
		readonly settings: { readonly before: string; readonly after: string };
	}>;
	kill(): void;
}

/** The shell outlives Ctrl-C, which goes to everything on the terminal; the program hears it as ever. */
const aroundProgram = `trap : INT
stty cols 200
echo "before $(stty -g)"
"$NODE" --disable-warning=ExperimentalWarning "$MAIN"
echo "after $? $(stty -g)"`;

/** `environment` are the program's variables; nothing is inherited that configures it. */
export function startOnTerminal(
	main: string,
	environment: Readonly<Record<string, string>>,
): TerminalProgram {
	const { PATH, HOME } = process.env;
	const shell = { SHELL: '/bin/sh', NODE: process.execPath, MAIN: main };
	const child = spawn('script', ['-qec', aroundProgram, '/dev/null'], {
		cwd: projectRoot,
		env: { PATH, HOME, ...shell, ...environment },
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	let drawn = '';
	child.stdout.on('data', (chunk: Buffer) => (drawn += chunk.toString()));
	const closed = once(child, 'close');
	return {
		rows: () => rowsOf(drawn.replace(/^before .*\r\n/, '').replace(/after .*\r\n$/, '')),
		type: (keys) => child.stdin.write(keys),
		ended: async () => {
			await closed;
			const before = /^before (\S+)/.exec(drawn)?.[1] ?? '';
			const [, exitCode, after = ''] = /after (\d+) (\S+)\r\n$/.exec(drawn) ?? [];
			if (before === '' || exitCode === undefined) throw new Error(`it did not run: ${drawn}`);
			return { exitCode: Number(exitCode), settings: { before, after } };
		},
		kill: () => child.kill('SIGKILL'),
	};
}

/** Draws: a return to the first column with what follows erased, and new rows. */
function rowsOf(drawn: string): string[] {
	const rows = drawn.split('\r\n').map((row) => row.split('\r\u001b[K').at(-1) ?? '');
	for (const row of rows) {
		const [control] = /\p{Cc}/u.exec(row) ?? [];
		if (control !== undefined) throw new Error(`not plain text: ${JSON.stringify(row)}`);
	}
	return rows;
}
