// The edge under 5,000 connected peers: memory of each, and what a signalling step from one peer to another takes at
// 2,000 a second, beside bare uWebSockets.js with as many sockets in the same run. A step is two messages of the edge,
// one to the other peer and the answer to the sender: a bare relay sends both, a bare echo only one. PEERS and RATE are
// how many: 10,000 peers need as many open files, and a minute and a half.
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
import { connectLightPeer, type LightPeer } from '../support/light-peer.ts';
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
/** The first messages pay for code that is compiled while it runs; they are not counted. */
const warmUpSeconds = 3;
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
const echo = await loadBare('echo');
const relay = await loadBare('relay');
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
	yardstick: quantile(relay.latenciesMs, 0.99),
	unit: 'ms',
});
for (const [name, bare] of Object.entries({ echo, relay })) {
	printComparison({
		what: `CPU per step, against a bare ${name}`,
		ours: edge.cpuMsPerMessage,
		yardstick: bare.cpuMsPerMessage,
		unit: 'ms',
	});
}
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
		const steps = await measureMessages(processId, relaySteps([...warm, ...peers]));
		const endedAt = performance.now();
		const exitCode = await household.stop();
		exit = { seconds: (performance.now() - endedAt) / 1000, code: exitCode };
		for (const peer of [...warm, ...peers]) peer.close();
		return { memory, ...steps };
	} finally {
		await household.dispose();
	}
}

async function connectPeers(url: string, count: number): Promise<LightPeer[]> {
	const peers: LightPeer[] = [];
	while (peers.length < count) {
		const batch = Array.from({ length: Math.min(50, count - peers.length) }, (_, index) =>
			connectLightPeer(url, `127.0.0.${(index % 8) + 1}`),
		);
		await Promise.all(batch.map((peer) => peer.admitted));
		peers.push(...batch);
	}
	return peers;
}

/** One kind of message: how it is sent, and how long each of those that have come took. */
interface Messages {
	readonly latenciesMs: number[];
	send(count: number): void;
}

async function measureMessages(
	processId: number,
	{ latenciesMs, send }: Messages,
): Promise<Pick<Load, 'latenciesMs' | 'cpuMsPerMessage'>> {
	await atRate(warmUpSeconds, send);
	latenciesMs.length = 0;
	const cpuBefore = cpuSeconds(processId);
	await atRate(durationSeconds, send);
	const cpuMs = (cpuSeconds(processId) - cpuBefore) * 1000;
	return { latenciesMs, cpuMsPerMessage: cpuMs / latenciesMs.length };
}

/** Candidates between random pairs. */
function relaySteps(peers: readonly LightPeer[]): Messages {
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
	const send = (count: number): void => {
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
	};
	return { latenciesMs, send };
}

async function loadBare(what: 'echo' | 'relay'): Promise<Load> {
	const path = fileURLToPath(new URL('bare-echo.ts', import.meta.url));
	const child = spawn(process.execPath, ['--import', liveMemory, path], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	const url = `ws://127.0.0.1:${/port (\d+)/.exec(line.toString())?.[1] ?? ''}/${what}`;
	const processId = child.pid ?? 0;
	try {
		const warm = await connectSockets(url, 200);
		const before = await weigh(child);
		const sockets = await connectSockets(url, peerCount - warm.length);
		await sleep(2000);
		const memory = perConnection(before, await weigh(child), sockets.length);
		const messages = await measureMessages(processId, bareMessages([...warm, ...sockets]));
		for (const socket of [...warm, ...sockets]) socket.terminate();
		return { memory, ...messages };
	} finally {
		child.kill();
	}
}

async function connectSockets(url: string, count: number): Promise<WebSocket[]> {
	const sockets: WebSocket[] = [];
	while (sockets.length < count) {
		const batch = Array.from(
			{ length: Math.min(50, count - sockets.length) },
			(_, index) =>
				new WebSocket(url, {
					localAddress: `127.0.0.${(index % 8) + 1}`,
					perMessageDeflate: false,
				}),
		);
		await Promise.all(batch.map((socket) => once(socket, 'open')));
		sockets.push(...batch);
	}
	return sockets;
}

/** As long as a candidate. The answers of a relay are shorter. */
function bareMessages(sockets: readonly WebSocket[]): Messages {
	const sizeBytes = 150;
	const latenciesMs: number[] = [];
	for (const socket of sockets) {
		socket.on('message', (bytes: Buffer) => {
			if (bytes.length < sizeBytes) return;
			latenciesMs.push(performance.now() - bytes.readDoubleLE(0));
		});
	}
	const send = (count: number): void => {
		const message = Buffer.alloc(sizeBytes);
		message.writeDoubleLE(performance.now(), 0);
		pick(sockets, count * 7).send(message);
	};
	return { latenciesMs, send };
}

/** Calls `send` at `messagesPerSecond`, then waits for stragglers. */
async function atRate(seconds: number, send: (count: number) => void): Promise<void> {
	const startedAt = performance.now();
	const total = messagesPerSecond * seconds;
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
