// The edge under 5,000 connected peers: memory of each, and the time a signalling step takes from one peer
// to another at 1,000 a second, beside a bare uWebSockets.js echo with as many sockets in the same run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { randomBytes } from 'node:crypto';
import { randomId, type WebRtcSessionId } from '../../proto/ids.ts';
import { startHousehold } from '../support/household.ts';
import { connectBenchPeer, type BenchPeer } from './bench-peer.ts';
import { cpuSeconds, printComparison, printFigure, quantile, residentBytes } from './measure.ts';

const peerCount = Number(process.env['PEERS'] ?? 5000);
const messagesPerSecond = 1000;
const durationSeconds = 10;
const worstExitSeconds = 10;

interface Load {
	readonly bytesPerConnection: number;
	readonly latenciesMs: number[];
	readonly cpuMsPerMessage: number;
}

/** How the edge ended with everybody still connected. */
let exit: { seconds: number; code: number | null } | undefined;

const echo = await loadEcho();
const edge = await loadEdge();
printFigure('Connected peers', peerCount, 'peers');
printComparison({
	what: 'Memory of the process per connection',
	ours: edge.bytesPerConnection / 1024,
	yardstick: echo.bytesPerConnection / 1024,
	unit: 'KiB',
});
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

async function loadEdge(): Promise<Load> {
	const household = await startHousehold({ MAX_PEERS: String(peerCount + 10), LOG_LEVEL: 'error' });
	const processId = household.process.pid ?? 0;
	try {
		// The first peers pay for code and caches; they are not counted.
		const warm = await connectPeers(household.url, 200);
		const before = residentBytes(processId);
		const peers = await connectPeers(household.url, peerCount - warm.length);
		await sleep(2000);
		const bytesPerConnection = (residentBytes(processId) - before) / peers.length;
		const cpuBefore = cpuSeconds(processId);
		const latenciesMs = await relaySteps([...warm, ...peers]);
		const cpuMsPerMessage = ((cpuSeconds(processId) - cpuBefore) * 1000) / latenciesMs.length;
		const endedAt = performance.now();
		const exitCode = await household.stop();
		exit = { seconds: (performance.now() - endedAt) / 1000, code: exitCode };
		for (const peer of [...warm, ...peers]) peer.close();
		return { bytesPerConnection, latenciesMs, cpuMsPerMessage };
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
	const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	const port = /port (\d+)/.exec(line.toString())?.[1];
	const processId = child.pid ?? 0;
	try {
		const warm = await connectSockets(port, 200);
		const before = residentBytes(processId);
		const sockets = await connectSockets(port, peerCount - warm.length);
		await sleep(2000);
		const bytesPerConnection = (residentBytes(processId) - before) / sockets.length;
		const cpuBefore = cpuSeconds(processId);
		const latenciesMs = await echoMessages(sockets);
		const cpuMsPerMessage = ((cpuSeconds(processId) - cpuBefore) * 1000) / latenciesMs.length;
		for (const socket of [...warm, ...sockets]) socket.terminate();
		return { bytesPerConnection, latenciesMs, cpuMsPerMessage };
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
