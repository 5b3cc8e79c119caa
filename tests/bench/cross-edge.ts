// What another edge costs a signalling step: pairs of peers at one edge, and pairs at two edges with Kafka between
// them, at the same even rate in the same run. The goal is the difference of their 99th percentiles.
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomId, type WebRtcSessionId } from '../../proto/ids.ts';
import { startCluster } from '../support/cluster-world.ts';
import { connectLightPeer, type LightPeer } from '../support/light-peer.ts';
import { printFigure, quantile } from './measure.ts';

const pairs = 50;
const stepsPerSecond = Number(process.env['RATE'] ?? 200);
const durationSeconds = 10;
const warmUpSeconds = 3;
const worstAddedMs = 50;

interface Pair {
	readonly from: LightPeer;
	readonly to: LightPeer;
}

const cluster = await startCluster(2, { LOG_LEVEL: 'error' });
try {
	const [urlA = '', urlB = ''] = cluster.edges.map(({ url }) => url);
	const near = await connectPairs(urlA, urlA);
	const far = await connectPairs(urlA, urlB);
	await relay([...near, ...far], warmUpSeconds);
	const sameEdgeMs = await relay(near, durationSeconds);
	const otherEdgeMs = await relay(far, durationSeconds);
	for (const q of [0.5, 0.99]) {
		const name = `p${q * 100}`;
		printFigure(`${name} of a step at one edge`, quantile(sameEdgeMs, q), 'ms');
		printFigure(`${name} of a step to another edge`, quantile(otherEdgeMs, q), 'ms');
	}
	const addedMs = quantile(otherEdgeMs, 0.99) - quantile(sameEdgeMs, 0.99);
	printFigure('Added at p99 by the other edge', addedMs, 'ms', worstAddedMs);
	const expected = stepsPerSecond * durationSeconds;
	printFigure('Steps that arrived', (otherEdgeMs.length / expected) * 100, '%');
	for (const { from, to } of [...near, ...far]) {
		from.close();
		to.close();
	}
} finally {
	await cluster.dispose();
}

async function connectPairs(fromUrl: string, toUrl: string): Promise<Pair[]> {
	return Promise.all(
		Array.from({ length: pairs }, async () => {
			const pair = { from: connectLightPeer(fromUrl), to: connectLightPeer(toUrl) };
			await Promise.all([pair.from.admitted, pair.to.admitted]);
			return pair;
		}),
	);
}

/** Sends steps at an even rate, round the pairs; answers how long each took to arrive. */
async function relay(between: readonly Pair[], seconds: number): Promise<number[]> {
	const sentAt = new Map<string, number>();
	const tookMs: number[] = [];
	for (const { to } of between) {
		to.onFrame = ({ content }) => {
			const body = content.case === 'message' ? content.value.body : undefined;
			if (body?.case !== 'webrtcSignal') return;
			const at = sentAt.get(body.value.webrtcSessionId);
			if (at !== undefined) tookMs.push(performance.now() - at);
		};
	}
	const startedAt = performance.now();
	const total = stepsPerSecond * seconds;
	for (let count = 0; count < total;) {
		const due = Math.min(total, ((performance.now() - startedAt) / 1000) * stepsPerSecond);
		for (; count < due; count += 1) {
			const pair = between[count % between.length];
			if (pair !== undefined) sendStep(pair, count, sentAt);
		}
		await sleep(1);
	}
	await sleep(1000);
	return tookMs;
}

function sendStep({ from, to }: Pair, count: number, sentAt: Map<string, number>): void {
	const webrtcSessionId = randomId<WebRtcSessionId>((target) =>
		target.set(randomBytes(target.length)),
	);
	sentAt.set(webrtcSessionId, performance.now());
	const candidate = `candidate:1 1 udp 2122260223 192.0.2.1 ${50_000 + (count % 1000)} typ host`;
	const step = { case: 'candidate' as const, value: { candidate, sdpMid: '0' } };
	from.send({
		requestId: count + 1,
		content: { case: 'webrtc', value: { webrtcSessionId, toPeerId: to.peerId, step } },
	});
}
