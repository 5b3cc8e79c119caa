// An owner with a slow line and viewers of one film who are in its swarm: their own mixes, readers and players, on lines
// and a clock that exist in memory only. Counts what the owner sends and how long each player stands still.
import type { ByteRange } from '../../../peer/transfer/byte-source.ts';
import type { Pieces } from '../../../peer/transfer/pieces/film-pieces.ts';
import { readMixed } from '../../../peer/transfer/pieces/mixed-reader.ts';
import { createPieceMix, type PieceMix } from '../../../peer/transfer/pieces/piece-mix.ts';
import { turnAt } from '../../../peer/swarm/turn-at.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { createSleepingClock, type SleepingClock } from './sleeping-clock.ts';
import { createSlowLine, type SlowLine } from './slow-line.ts';

export interface Together {
	readonly viewers: number;
	/** Of film in a second of it. */
	readonly filmBytesPerSecond: number;
	readonly filmSeconds: number;
	readonly ownerBytesPerSecond: number;
	/** What each viewer sends to the others; 0: nobody serves. */
	readonly viewerBytesPerSecond: number;
	/** `saves`: takes all there is; a player takes what it has room for. */
	readonly as: 'plays' | 'saves';
	/** Between one viewer's start and the next's. */
	readonly apartMs?: number;
	/** What the first of them does from some moment on: closes the page, or sends nothing more and fetches nothing. */
	readonly first?: { readonly does: 'leaves' | 'freezes'; readonly atMs: number };
}

export interface Outcome {
	/** How often the owner sent the film. */
	readonly copies: number;
	readonly elapsedMs: number;
	/** How long each player stood still after its first bytes. */
	readonly stalledMs: readonly number[];
	/** From each one's start until its player had enough to begin. */
	readonly waitedMs: readonly number[];
	/** From each one's start until it had all. */
	readonly tookMs: readonly number[];
}

interface Viewer {
	readonly name: string;
	readonly mix: PieceMix;
	readonly has: Set<number>;
	/** Told of a piece it has. */
	readonly listeners: (() => void)[];
	readonly line: SlowLine;
	/** Aborted when it reads no more. */
	readonly ending: AbortController;
	receivedBytes: number;
	playedBytes: number;
	stalledMs: number;
	waitedMs: number;
	tookMs: number;
	isOver: boolean;
}

/** Small, for only their number matters: each viewer has the film in memory. */
const pieceBytes = 4096;
const chunks = 4;
const stepMs = 50;
/** What a player reads ahead. */
const bufferSeconds = 20;
/** What it begins with. */
const enoughSeconds = 1;

export async function watchTogether(together: Together): Promise<Outcome> {
	const { filmBytesPerSecond, filmSeconds, apartMs = 0 } = together;
	const clock = createSleepingClock();
	const owner = createSlowLine(together.ownerBytesPerSecond);
	const pieces = piecesOfLength(filmBytesPerSecond * filmSeconds);
	const viewers: Viewer[] = [];
	for (let index = 0; index < together.viewers; index += 1) {
		viewers.push(createViewer(`viewer ${index}`, pieces, together.viewerBytesPerSecond, clock));
	}
	for (const viewer of viewers) joinSources(viewer, viewers, owner, together);
	const reads: Promise<void>[] = [];
	for (let step = 0; step * stepMs < 3_600_000; step += 1) {
		endFirst(viewers, together, step * stepMs);
		if (reads.length < viewers.length && step * stepMs >= reads.length * apartMs) {
			const viewer = viewers[reads.length];
			if (viewer) reads.push(play(viewer, pieces, together, clock));
			continue;
		}
		await clock.advance(stepMs);
		owner.advance(stepMs);
		for (const { line, ending } of viewers) if (!ending.signal.aborted) line.advance(stepMs);
		viewers.slice(0, reads.length).forEach((viewer) => passTime(viewer, pieces, together));
		if (reads.length === viewers.length && viewers.every(({ isOver }) => isOver)) break;
	}
	return {
		copies: owner.sentBytes / pieces.sizeBytes,
		elapsedMs: clock.monotonicMs(),
		stalledMs: viewers.map(({ stalledMs }) => stalledMs),
		waitedMs: viewers.map(({ waitedMs }) => waitedMs),
		tookMs: viewers.map(({ tookMs }) => tookMs),
	};
}

function endFirst([viewer, ...others]: readonly Viewer[], { first }: Together, nowMs: number) {
	if (!viewer || first?.atMs !== nowMs) return;
	viewer.ending.abort();
	viewer.isOver = true;
	if (first.does === 'freezes') return;
	viewer.mix.close(new GiggityflixError('cancelled', 'the page was closed'));
	viewer.has.clear();
	viewer.line.breakOff();
	for (const { mix } of others) mix.ring();
}

function piecesOfLength(sizeBytes: number): Pieces {
	return {
		...{ sizeBytes, pieceBytes, count: Math.ceil(sizeBytes / pieceBytes) },
		pieceHashes: new Uint8Array(),
		lengthOf: (index) => Math.min(pieceBytes, sizeBytes - index * pieceBytes),
		matches: () => Promise.resolve(true),
	};
}

function createViewer(
	name: string,
	pieces: Pieces,
	bytesPerSecond: number,
	clock: SleepingClock,
): Viewer {
	const has = new Set<number>();
	const listeners: (() => void)[] = [];
	const mix = createPieceMix({
		...{ pieces, clock, onBytes: () => undefined, onBad: () => undefined },
		shelf: {
			has: (index) => has.has(index),
			load: (index) => Promise.resolve(new Uint8Array(pieces.lengthOf(index))),
			async keep(index) {
				has.add(index);
				for (const tell of listeners) tell();
				return true;
			},
			drop: () => undefined,
		},
	});
	return {
		...{ name, mix, has, listeners, line: createSlowLine(bytesPerSecond) },
		ending: new AbortController(),
		...{ receivedBytes: 0, playedBytes: 0, stalledMs: 0, waitedMs: 0, tookMs: 0, isOver: false },
	};
}

function joinSources(
	viewer: Viewer,
	viewers: readonly Viewer[],
	owner: SlowLine,
	{ viewerBytesPerSecond }: Together,
): void {
	const others = viewers.filter((other) => other !== viewer);
	const { mix } = viewer;
	for (const other of others) other.listeners.push(() => mix.ring());
	mix.join({
		name: 'owner',
		isReady: () => true,
		read: (range, signal) => sendOver(() => owner, range, signal),
	});
	if (viewerBytesPerSecond === 0) return;
	const holders = (index: number) => others.filter(({ has }) => has.has(index));
	const takers = others.map(({ name, has }) => ({ name, has: (index: number) => has.has(index) }));
	mix.join({
		...{ name: 'swarm', isVerified: true, isExtra: true, isReady: () => others.length > 0 },
		has: (index) => holders(index).length > 0,
		turn: (index) => turnAt(index, viewer.name, takers),
		read: (range, signal) =>
			sendOver(
				() => {
					const all = holders(range.offsetBytes / pieceBytes);
					return all[Math.floor((range.offsetBytes / pieceBytes) % all.length)]?.line ?? owner;
				},
				range,
				signal,
			),
	});
}

async function* sendOver(line: () => SlowLine, range: ByteRange, signal: AbortSignal) {
	for (let chunk = 0; chunk < chunks; chunk += 1) {
		const from = Math.floor((range.lengthBytes * chunk) / chunks);
		const to = Math.floor((range.lengthBytes * (chunk + 1)) / chunks);
		await line().send(to - from, signal);
		yield new Uint8Array(to - from);
	}
}

async function play(
	viewer: Viewer,
	pieces: Pieces,
	together: Together,
	clock: SleepingClock,
): Promise<void> {
	const range = { offsetBytes: 0, lengthBytes: pieces.sizeBytes };
	const reading = { pieces, mix: viewer.mix, clock, durationMs: together.filmSeconds * 1000 };
	const startedAtMs = clock.monotonicMs();
	const room = together.filmBytesPerSecond * bufferSeconds;
	try {
		for await (const chunk of readMixed(reading, range, viewer.ending.signal)) {
			viewer.receivedBytes += chunk.length;
			while (together.as === 'plays' && viewer.receivedBytes - viewer.playedBytes > room) {
				await clock.sleep(stepMs, viewer.ending.signal);
			}
		}
	} catch {
		// It has left; what else goes wrong leaves a player standing.
		return;
	}
	viewer.tookMs = clock.monotonicMs() - startedAtMs;
	if (together.as === 'saves') viewer.isOver = true;
}

function passTime(viewer: Viewer, pieces: Pieces, { filmBytesPerSecond }: Together): void {
	if (viewer.isOver) return;
	const stepBytes = (filmBytesPerSecond * stepMs) / 1000;
	const leftBytes = pieces.sizeBytes - viewer.playedBytes;
	const inHandBytes = viewer.receivedBytes - viewer.playedBytes;
	const hasBegun = viewer.playedBytes > 0;
	const enoughBytes = hasBegun ? stepBytes : enoughSeconds * filmBytesPerSecond;
	if (inHandBytes >= Math.min(leftBytes, enoughBytes)) viewer.playedBytes += stepBytes;
	else if (hasBegun) viewer.stalledMs += stepMs;
	else viewer.waitedMs += stepMs;
	if (viewer.playedBytes >= pieces.sizeBytes) viewer.isOver = true;
}
