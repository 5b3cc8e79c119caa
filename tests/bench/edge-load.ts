// The edge under 5,000 connected peers: memory of each, and the time a signalling step takes from one peer
// to another at 2,000 a second, beside a bare uWebSockets.js echo with as many sockets in the same run. PEERS and RATE
// are how many: 10,000 peers need as many open files, and a minute and a half.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { randomBytes } from 'node:crypto';
import { randomId, type WebRtcSessionId } from '../../proto/ids.ts';
import { startHousehold } from '../support/household.ts';
import { connectBenchPeer, type BenchPeer } from './bench-peer.ts';
import {
	cpuSeconds,
	liveBytes,
	printComparison,
	printFigure,
	quantile,
	residentBytes,
} from './measure.ts';

const peerCount = Number(process.env['PEERS'] ?? 5000);
const messagesPerSecond = Number(process.env['RATE'] ?? 2000);
/** Files of each process besides its sockets. */
const otherFiles = 200;
/** What a peer may cost beyond what its socket does. */
const mostAddedKib = 1.5;
const durationSeconds = 10;
const worstExitSeconds = 10;

interface Load {
	readonly memory: Memory;
	readonly latenciesMs: number[];
	readonly cpuMsPerMessage: number;
}

/** Of a process, in KiB: all of it, and what is still in use when everything else has been collected. */
interface Memory {
	readonly resident: number;
	readonly live: number;
}

const liveMemory = fileURLToPath(new URL('live-memory.ts', import.meta.url));

/** How the edge ended with everybody still connected. */
let exit: { seconds: number; code: number | null } | undefined;

requireOpenFiles(peerCount + otherFiles);
const echo = await loadEcho();
const edge = await loadEdge();
printFigure('Connected peers', peerCount, 'peers');
printComparison({
	what: 'Memory of the process per connection',
	ours: edge.memory.resident,
	yardstick: echo.memory.resident,
	unit: 'KiB',
});
printComparison({
	what: 'Live memory per connection, tracker included',
	ours: edge.memory.live,
	yardstick: echo.memory.live,
	unit: 'KiB',
});
printFigure('Live memory of a peer', edge.memory.live - echo.memory.live, 'KiB', mostAddedKib);
printComparison({
	what: `p99 of a signalling step at ${messagesPerSecond}/s`,
	ours: quantile(edge.latenciesMs, 0.99),
	yardstick: quantile(echo.latenciesMs, 0.99),
	unit: 'ms',
});
printComparison({
	what: 'CPU per message (step and its acknowledgement, against an echo)',
	ours: edge.cpuMsPerMessage,
	yardstick: echo.cpuMsPerMessage,
	unit: 'ms',
});
printFigure('Exit with all of them connected', exit?.seconds ?? NaN, 's', worstExitSeconds);
process.exit(exit?.code ?? 1);

/** Node asks for as many files as it may have; more is for whoever owns the machine to give. */
function requireOpenFiles(wanted: number): void {
	const limits = readFileSync('/proc/self/limits', 'utf8');
	const allowed = Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? Infinity);
	if (wanted <= allowed) return;
	console.error(`${peerCount} peers need ${wanted} open files, ${allowed} are allowed: ulimit -n`);
	process.exit(2);
}

/** On a machine too busy to keep them, what is left would look light. */
async function requireHeld(url: string): Promise<void> {
	const metrics = await (await fetch(`${url}/metrics`)).text();
	const held = /^giggityflix_edge_sessions\{door="websocket"\} (\d+)/m.exec(metrics)?.[1];
	if (Number(held) !== peerCount) throw new Error(`${held ?? 'none'} of ${peerCount} are held`);
}

async function weigh(program: ChildProcess): Promise<Memory> {
	const resident = residentBytes(program.pid ?? 0) / 1024;
	return { resident, live: (await liveBytes(program)) / 1024 };
}

function perConnection(before: Memory, after: Memory, connections: number): Memory {
	return {
		resident: (after.resident - before.resident) / connections,
		live: (after.live - before.live) / connections,
	};
}

async function loadEdge(): Promise<Load> {
	const household = await startHousehold({
		MAX_PEERS: String(peerCount + 10),
		LOG_LEVEL: 'error',
		NODE_OPTIONS: `--import ${liveMemory}`,
	});
	const processId = household.process.pid ?? 0;
	try {
		// The first peers pay for code and caches; they are not counted.
		const warm = await connectPeers(household.url, 200);
		const before = await weigh(household.process);
		const peers = await connectPeers(household.url, peerCount - warm.length);
		await sleep(2000);
		const memory = perConnection(before, await weigh(household.process), peers.length);
		await requireHeld(household.url);
		const cpuBefore = cpuSeconds(processId);
		const latenciesMs = await relaySteps([...warm, ...peers]);
		const cpuMsPerMessage = ((cpuSeconds(processId) - cpuBefore) * 1000) / latenciesMs.length;
		const endedAt = performance.now();
		const exitCode = await household.stop();
		exit = { seconds: (performance.now() - endedAt) / 1000, code: exitCode };
		for (const peer of [...warm, ...peers]) peer.close();
		return { memory, latenciesMs, cpuMsPerMessage };
	} finally {
		await household.dispose();
	}
}

async function connectPeers(url: string, count: number): Promise<BenchPeer[]> {
	const peers: BenchPeer[] = [];
	while (peers.length < count) {
		const batch = Array.from({ length: Math.min(50, count - peers.length) }, (_, index) =>
			connectBenchPeer(url, `127.0.0.${(index % 8) + 1}`),
		);
		await Promise.all(batch.map((peer) => peer.admitted));
		peers.push(...batch);
	}
	return peers;
}

/** Sends candidates between random pairs at an even rate; returns how long each took to arrive. */
async function relaySteps(peers: readonly BenchPeer[]): Promise<number[]> {
	const sentAt = new Map<string, number>();
	const latenciesMs: number[] = [];
	for (const peer of peers) {
		peer.onFrame = (frame) => {
			const body = frame.content.case === 'message' ? frame.content.value.body : undefined;
			if (body?.case !== 'webrtcSignal') return;
			const at = sentAt.get(body.value.webrtcSessionId);
			if (at !== undefined) latenciesMs.push(performance.now() - at);
		};
	}
	await atRate((count) => {
		const from = pick(peers, count * 7);
		const to = pick(peers, count * 13 + 1);
		if (from === to) return;
		const webrtcSessionId = randomId<WebRtcSessionId>((target) =>
			target.set(randomBytes(target.length)),
		);
		sentAt.set(webrtcSessionId, performance.now());
		const candidate = `candidate:1 1 udp 2122260223 192.0.2.1 ${50_000 + (count % 1000)} typ host`;
		from.send({
			requestId: count + 1,
			content: {
				case: 'webrtc',
				value: {
					webrtcSessionId,
					toPeerId: to.peerId,
					step: { case: 'candidate', value: { candidate, sdpMid: '0' } },
				},
			},
		});
	});
	return latenciesMs;
}

async function loadEcho(): Promise<Load> {
	const path = fileURLToPath(new URL('bare-echo.ts', import.meta.url));
	const child = spawn(process.execPath, ['--import', liveMemory, path], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	const port = /port (\d+)/.exec(line.toString())?.[1];
	const processId = child.pid ?? 0;
	try {
		const warm = await connectSockets(port, 200);
		const before = await weigh(child);
		const sockets = await connectSockets(port, peerCount - warm.length);
		await sleep(2000);
		const memory = perConnection(before, await weigh(child), sockets.length);
		const cpuBefore = cpuSeconds(processId);
		const latenciesMs = await echoMessages(sockets);
		const cpuMsPerMessage = ((cpuSeconds(processId) - cpuBefore) * 1000) / latenciesMs.length;
		for (const socket of [...warm, ...sockets]) socket.terminate();
		return { memory, latenciesMs, cpuMsPerMessage };
	} finally {
		child.kill();
	}
}

async function connectSockets(port: string | undefined, count: number): Promise<WebSocket[]> {
	const sockets: WebSocket[] = [];
	while (sockets.length < count) {
		const batch = Array.from(
			{ length: Math.min(50, count - sockets.length) },
			(_, index) =>
				new WebSocket(`ws://127.0.0.1:${port ?? ''}`, {
					localAddress: `127.0.0.${(index % 8) + 1}`,
					perMessageDeflate: false,
				}),
		);
		await Promise.all(batch.map((socket) => once(socket, 'open')));
		sockets.push(...batch);
	}
	return sockets;
}

async function echoMessages(sockets: readonly WebSocket[]): Promise<number[]> {
	const latenciesMs: number[] = [];
	for (const socket of sockets) {
		socket.on('message', (bytes: Buffer) => {
			latenciesMs.push(performance.now() - bytes.readDoubleLE(0));
		});
	}
	await atRate((count) => {
		const message = Buffer.alloc(150);
		message.writeDoubleLE(performance.now(), 0);
		pick(sockets, count * 7).send(message);
	});
	return latenciesMs;
}

/** Calls `send` at `messagesPerSecond` for `durationSeconds`, then waits for stragglers. */
async function atRate(send: (count: number) => void): Promise<void> {
	const startedAt = performance.now();
	const total = messagesPerSecond * durationSeconds;
	for (let count = 0; count < total;) {
		const due = Math.min(total, ((performance.now() - startedAt) / 1000) * messagesPerSecond);
		for (; count < due; count += 1) send(count);
		await sleep(1);
	}
	await sleep(1000);
}

function pick<Item>(items: readonly Item[], index: number): Item {
	const item = items[index % items.length];
	if (item === undefined) throw new Error('nothing to pick from');
	return item;
}
