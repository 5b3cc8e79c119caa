// What this process takes of its machine, for the operator page. Reads the process, and nothing else does.
import packageJson from '../package.json' with { type: 'json' };

/** As `ProgramUse` of tracker.proto has it. */
export interface ProgramUse {
	readonly version: string;
	readonly startedAtMs: number;
	readonly memoryBytes: number;
	/** Share of one core since the last look; 1 is a whole core. */
	readonly cpuShare: number;
}

/** Looks closer together than this get the same share: over less time it says nothing. */
const minWindowMs = 1_000;

/** A function that looks. */
export function watchProgram(clock: { now(): number; monotonicMs(): number }): () => ProgramUse {
	const startedAtMs = clock.now();
	let lookedAtMs = clock.monotonicMs();
	let lookedAtUsage = process.cpuUsage();
	let cpuShare = 0;
	return () => {
		const passedMs = clock.monotonicMs() - lookedAtMs;
		if (passedMs >= minWindowMs) {
			const { user, system } = process.cpuUsage(lookedAtUsage);
			cpuShare = (user + system) / 1000 / passedMs;
			lookedAtMs += passedMs;
			lookedAtUsage = process.cpuUsage();
		}
		const { version } = packageJson;
		return { version, startedAtMs, memoryBytes: process.memoryUsage.rss(), cpuShare };
	};
}
