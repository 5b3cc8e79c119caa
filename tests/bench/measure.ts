// How the benchmarks read the clock, the process table and a list of samples, and how they print. Every
// figure that leaves a benchmark is a ratio against something measured in the same run.
import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import { readFileSync } from 'node:fs';

/** A quantile of unsorted samples, 0 to 1. */
export function quantile(samples: readonly number[], q: number): number {
	const sorted = [...samples].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** Resident memory of a process in bytes (Linux). */
export function residentBytes(processId: number): number {
	const status = readFileSync(`/proc/${processId}/status`, 'utf8');
	return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024;
}

/** What a program that was started with live-memory.ts still uses when everything else has been collected, in bytes. */
export async function liveBytes(program: ChildProcess): Promise<number> {
	if (program.stdout === null) throw new Error('what the program prints is not read');
	const printed = on(program.stdout, 'data');
	program.kill('SIGUSR2');
	for await (const [chunk] of printed) {
		const bytes = /live (\d+)/.exec(String(chunk))?.[1];
		if (bytes !== undefined) return Number(bytes);
	}
	throw new Error('the program has ended');
}

/** CPU seconds a process has used, user and system (Linux; 100 ticks a second). */
export function cpuSeconds(processId: number): number {
	const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** One line of a result: what, ours, the yardstick, the ratio, and whether the goal is met. */
export interface Comparison {
	readonly what: string;
	readonly ours: number;
	readonly yardstick: number;
	readonly unit: string;
	/** Largest (`atMost`) or smallest (`atLeast`) ratio of ours to the yardstick that counts as reached. */
	readonly goal?: { readonly atMost?: number; readonly atLeast?: number };
}

export function printComparison({ what, ours, yardstick, unit, goal }: Comparison): void {
	const ratio = ours / yardstick;
	const isReached = ratio <= (goal?.atMost ?? Infinity) && ratio >= (goal?.atLeast ?? 0);
	const bound = goal?.atMost === undefined ? `≥ ${goal?.atLeast ?? 0}` : `≤ ${goal.atMost}`;
	const verdict = goal === undefined ? '' : ` (goal ${bound}: ${isReached ? 'reached' : 'missed'})`;
	console.log(
		`${what}: ${format(ours)} ${unit} against ${format(yardstick)} ${unit}, ratio ${ratio.toFixed(2)}${verdict}`,
	);
}

/** One line of a result that has an absolute goal. */
export function printFigure(what: string, value: number, unit: string, atMost?: number): void {
	const verdict =
		atMost === undefined ? '' : ` (goal ≤ ${atMost}: ${value <= atMost ? 'reached' : 'missed'})`;
	console.log(`${what}: ${format(value)} ${unit}${verdict}`);
}

function format(value: number): string {
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
