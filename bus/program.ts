// The life of a program: prints its variables for --help, or starts, says why it cannot, and ends in order at a
// signal. Every main.ts is run by it; knows nothing of what a program does.
import { ConfigError, formatHelp, type SettingRow } from './configuration.ts';
import { onEndingSignals } from './ending-signals.ts';
import type { Log } from './pino-log.ts';

/** An orchestrator kills after this long. */
const maxEndMs = 10_000;

export interface Program {
	/** First line of --help. */
	readonly about: string;
	readonly settings: readonly SettingRow[];
	/** What can be done when an address is taken. */
	readonly addressHint: string;
	/** Starts everything; what it returns ends it. */
	start(): Promise<RunningProgram>;
}

export interface RunningProgram {
	readonly logger: Log;
	stop(): Promise<void>;
}

/** Resolves when the program has started, or has printed its help. Ends the process when it cannot start. */
export async function runProgram(program: Program): Promise<void> {
	if (process.argv.includes('--help')) {
		process.stdout.write(`${formatHelp(program.about, program.settings)}\n`);
		return;
	}
	try {
		onceSignalled(await program.start());
	} catch (error) {
		process.stderr.write(`${explain(program, error)}\n`);
		process.exit(1);
	}
}

/** The rows of several tables, each variable once. */
export function mergeSettings(...tables: readonly (readonly SettingRow[])[]): SettingRow[] {
	return [...new Map(tables.flat().map((row) => [row.name, row])).values()];
}

/** Ends in order at the first signal, at once at the second, and after 10 s whatever happens. */
function onceSignalled({ logger, stop }: RunningProgram): void {
	const end = (signal: NodeJS.Signals) => {
		logger.info('ending', { signal });
		setTimeout(() => process.exit(1), maxEndMs).unref();
		stop().then(
			() => process.exit(0),
			(error: unknown) => {
				logger.error('did not end cleanly', { error: String(error) });
				process.exit(1);
			},
		);
	};
	onEndingSignals(process, () => performance.now(), {
		onFirst: end,
		onAgain: () => process.exit(130),
	});
}

function explain({ addressHint }: Program, error: unknown): string {
	if (error instanceof ConfigError) return error.message;
	if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
		return `${error.message}. ${addressHint}`;
	}
	return `The program could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
