// The announce tracker beside bittorrent-tracker in one run, with descriptions of real size, every offer
// answered: CPU per message, announces a second with a p99 of 10 ms and nothing lost, memory per connection.
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from './announce-load.ts';
import {
	cpuSeconds,
	median,
	printComparison,
	printFigure,
	quantile,
	residentBytes,
} from './measure.ts';

const connectionCount = 1000;
/** Connections that pay for code and caches before memory is measured, and those that are. */
const warmUpCount = 500;
const idleCount = 5000;
const rounds = 2;
const secondsPerStep = Number(process.env['STEP_SECONDS'] ?? 10);
/** Announces a second at which CPU is compared: each connection every 4 and every 1 second. */
const comparedRates = [250, 1000];
const searchedRates = [500, 750, 1000, 1250, 1500, 2000, 2500, 3000, 3500, 4000, 5000];
const maxP99Ms = 10;

interface Tracker {
	readonly script: string;
	readonly path: string;
	readonly cpuMicros: Map<number, number[]>;
	readonly announcesPerSecond: number[];
	readonly kibPerConnection: number[];
}

const ours = tracker('announce-ours.ts', '/announce');
const reference = tracker('announce-reference.ts', '/');
for (let round = 0; round < rounds; round += 1) {
	await measure(ours);
	await measure(reference);
}
for (const rate of comparedRates) {
	printComparison({
		what: `CPU of the tracker per message at ${rate} announces/s`,
		ours: median(ours.cpuMicros.get(rate) ?? []),
		yardstick: median(reference.cpuMicros.get(rate) ?? []),
		unit: 'µs',
		goal: { atMost: 0.3 },
	});
}
const highest = (subject: Tracker) => Math.max(...subject.announcesPerSecond);
if (highest(ours) === 0 || highest(reference) === 0) {
	// A ratio to nothing would look like a victory.
	console.log(
		`Announces a second: not measured, ${searchedRates[0]}/s came late; the machine is busy`,
	);
} else {
	printComparison({
		what: `Announces a second with p99 ≤ ${maxP99Ms} ms and nothing lost`,
		ours: highest(ours),
		yardstick: highest(reference),
		unit: '/s',
		goal: { atLeast: 3.5 },
	});
}
printComparison({
	what: 'Memory of the process per connection',
	ours: median(ours.kibPerConnection),
	yardstick: median(reference.kibPerConnection),
	unit: 'KiB',
});
printFigure('Memory per connection', median(ours.kibPerConnection), 'KiB', 6);
process.exit(0);

function tracker(script: string, path: string): Tracker {
	return { script, path, cpuMicros: new Map(), announcesPerSecond: [], kibPerConnection: [] };
}

/** One round with one tracker: under load in one fresh process, only connected to in another. */
async function measure(subject: Tracker): Promise<void> {
	console.log(`${subject.script}, ${connectionCount} connections:`);
	await withProcesses(subject, async ({ load, pid, connect }) => {
		await connect(connectionCount);
		// The first steps pay for compilation and the growth of the heap; they are not counted.
		await step(load, pid, 500, 5);
		for (const rate of comparedRates) {
			const { cpuMicros } = await step(load, pid, rate, secondsPerStep);
			subject.cpuMicros.set(rate, [...(subject.cpuMicros.get(rate) ?? []), cpuMicros]);
		}
		subject.announcesPerSecond.push(await highestRate(load, pid));
	});
	await withProcesses(subject, async ({ pid, connect }) => {
		await connect(warmUpCount);
		const before = residentBytes(pid);
		await connect(idleCount);
		subject.kibPerConnection.push((residentBytes(pid) - before) / idleCount / 1024);
	});
}

interface Processes {
	readonly load: ChildProcess;
	/** Of the tracker. */
	readonly pid: number;
	/** Adds connections, each a member of a swarm. */
	connect(count: number): Promise<unknown>;
}

async function withProcesses(
	{ script, path }: Tracker,
	use: (processes: Processes) => Promise<void>,
): Promise<void> {
	const server = spawn(process.execPath, [pathOf(script)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const load = fork(pathOf('announce-load.ts'));
	try {
		const [line] = (await once(server.stdout, 'data')) as [Buffer];
		const port = Number(/port (\d+)/.exec(line.toString())?.[1]);
		const connect = (count: number) => order(load, { kind: 'connect', port, path, count });
		await use({ load, pid: server.pid ?? 0, connect });
	} finally {
		load.kill();
		server.kill();
	}
}

/** Raises the rate until answers come late or not at all; one bad step may be bad luck, two are not. */
async function highestRate(load: ChildProcess, pid: number): Promise<number> {
	let highest = 0;
	for (const rate of searchedRates) {
		const isGood =
			(await step(load, pid, rate, 4)).isGood || (await step(load, pid, rate, 4)).isGood;
		if (!isGood) break;
		highest = rate;
	}
	return highest;
}

async function step(
	load: ChildProcess,
	pid: number,
	announcesPerSecond: number,
	seconds: number,
): Promise<{ cpuMicros: number; isGood: boolean }> {
	const cpuBefore = cpuSeconds(pid);
	const report = await order(load, { kind: 'run', announcesPerSecond, seconds });
	const { announces, replies, offers, answers, failures, roundTripsMs, generatorLoad } = report;
	const used = cpuSeconds(pid) - cpuBefore;
	// In: announces and as many answers as offers went out. Out: replies, offers, answers.
	const messages = announces + replies + 2 * offers + answers;
	const p99Ms = quantile(roundTripsMs, 0.99);
	const isWhole = replies === announces && answers === offers && failures === 0;
	console.log(
		`  ${announcesPerSecond}/s: ${((used * 1e6) / messages).toFixed(1)} µs/message, ` +
			`${(used / seconds).toFixed(2)} of a core, p50 ${median(roundTripsMs).toFixed(1)} ms, ` +
			`p99 ${p99Ms.toFixed(1)} ms, ${isWhole ? 'nothing lost' : 'losses'}, generator ${generatorLoad.toFixed(2)}`,
	);
	return { cpuMicros: (used * 1e6) / messages, isGood: isWhole && p99Ms <= maxP99Ms };
}

async function order(load: ChildProcess, what: LoadOrder): Promise<LoadReport> {
	load.send(what);
	const [report] = (await once(load, 'message')) as [LoadReport];
	return report;
}

function pathOf(script: string): string {
	return fileURLToPath(new URL(script, import.meta.url));
}
