// The signals that end a program, as people mean them: one Ctrl-C arrives twice, from the terminal and from the script
// or npm that started the program, and is one wish all the same.

/** What comes so soon after the first is the same key. A person needs longer for a second. */
const sameKeyMs = 150;

const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

interface Signals {
	on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** Calls `onFirst` once, and `onAgain` at every later wish. `nowMs` never runs backwards. */
export function onEndingSignals(
	process: Signals,
	nowMs: () => number,
	{ onFirst, onAgain }: { onFirst: (signal: NodeJS.Signals) => void; onAgain: () => void },
): void {
	let firstAtMs: number | undefined;
	const hear = (signal: NodeJS.Signals): void => {
		if (firstAtMs === undefined) {
			firstAtMs = nowMs();
			onFirst(signal);
		} else if (nowMs() - firstAtMs > sameKeyMs) {
			onAgain();
		}
	};
	for (const signal of endingSignals) process.on(signal, hear);
}
