// A film of other peers as a byte source. The rule: a reader never notices a lost link. Reads wait while
// an owner is looked for, negotiated with again or away, and go on at the exact next byte; only what no
// waiting puts right reaches them. Knows nothing of WebRTC or of who reads.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { PeerId } from '../../../proto/ids.ts';
import type { WatchSource, WatchTarget } from '../../peer.ts';
import type { Clock, RandomBytes } from '../../ports.ts';
import type { ByteRange, ByteSourceFacts } from '../byte-source.ts';
import { createChangeSignal, type ChangeSignal } from '../change-signal.ts';
import { isFinal } from '../pieces/final-reasons.ts';
import { fetchHeadAndIndex, type HeadAndIndex } from './head-and-index.ts';
import { findOwner, type OpenedAtOwner, type OwnerSearch } from './owner-search.ts';
import { createRateMeter, type RateMeter } from '../rate-meter.ts';
import { describePhase, type OpenPhase, type Phase } from './remote-phase.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createDeferred, orAborted, type Deferred } from '../settling.ts';
import { createStartOfPlayback, type StartOfPlayback } from './start-of-playback.ts';
import type { ViewingLinks } from './viewing-links.ts';

export interface RemoteByteSource extends Omit<
	WatchSource,
	'pictureShown' | 'learn' | 'joinSwarm' | 'startWithoutOwner' | 'shares'
> {
	/** The edge can be reached again: no need to wait any longer. */
	signallingRestored(): void;
	/** What has come over its links so far. */
	received(): { readonly totalBytes: number; readonly bytesPerSecond: number };
	/** What is not needed for the first picture waits until this is over. */
	readonly playback: Omit<StartOfPlayback, 'begin'>;
}

export interface RemoteByteSourceOptions {
	readonly target: WatchTarget;
	readonly viewingLinks: ViewingLinks;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	/** Whether the head and the index are fetched as soon as it is open, as the player's first questions. */
	readonly fetchesHead: boolean;
}

const routeRetryMs = 500;
const routeAttempts = 10;

interface Source {
	readonly options: RemoteByteSourceOptions;
	readonly search: OwnerSearch;
	readonly meter: RateMeter;
	readonly changes: ChangeSignal;
	readonly lifetime: AbortController;
	phase: Phase;
	/** Resolved and replaced at every change of phase. */
	phaseChanged: Deferred<undefined>;
	/** Ends the wait for the next attempt. */
	wake: AbortController;
	headAndIndex: HeadAndIndex | undefined;
	readonly playback: StartOfPlayback;
}

export function createRemoteByteSource(options: RemoteByteSourceOptions): RemoteByteSource {
	const { target, viewingLinks, clock } = options;
	const meter = createRateMeter();
	const lifetime = new AbortController();
	const source: Source = {
		options,
		search: { target, viewingLinks, clock, versions: new Map<PeerId, ByteSourceFacts>() },
		meter,
		changes: createChangeSignal({
			clock,
			isMoving: () => meter.bytesPerSecond(clock.monotonicMs()) > 0,
		}),
		lifetime,
		phase: { kind: 'idle' },
		phaseChanged: createDeferred(),
		wake: new AbortController(),
		headAndIndex: undefined,
		playback: createStartOfPlayback(clock, lifetime.signal),
	};
	return {
		async open(signal) {
			if (source.phase.kind === 'failed') startAfresh(source);
			return (await opened(source, signal)).facts;
		},
		read: (range, signal) => read(source, range, AbortSignal.any([signal, source.lifetime.signal])),
		close: () => close(source),
		connection: () => describePhase(source.phase, meter, clock),
		subscribe: source.changes.subscribe,
		retry() {
			if (source.phase.kind === 'failed') startAfresh(source);
			source.wake.abort();
		},
		signallingRestored: () => source.wake.abort(),
		received: () => ({
			totalBytes: meter.totalBytes,
			bytesPerSecond: meter.bytesPerSecond(clock.monotonicMs()),
		}),
		playback: source.playback,
	};
}

// ---------------------------------------------------------------- reading

async function* read(
	source: Source,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const isFilm = (range.sideCar ?? 0) === 0;
	const endBytes = range.offsetBytes + range.lengthBytes;
	let nextBytes = range.offsetBytes;
	await opened(source, signal);
	const { headAndIndex, playback } = source;
	if (isFilm) playback.begin(headAndIndex?.fetched ?? Promise.resolve());
	while (nextBytes < endBytes) {
		const kept = isFilm
			? await takeKept(source, nextBytes, endBytes - nextBytes, signal)
			: undefined;
		if (kept !== undefined) {
			nextBytes += kept.length;
			yield kept;
			continue;
		}
		// What follows the head is read ahead; the picture has everything it needs.
		if (headAndIndex && nextBytes > range.offsetBytes) await orAborted(playback.over, signal);
		const nextKept = isFilm
			? (source.headAndIndex?.nextStartBytes(nextBytes) ?? Infinity)
			: Infinity;
		const lengthBytes = Math.min(endBytes, nextKept) - nextBytes;
		for await (const chunk of readFromOwners(
			source,
			{ ...range, offsetBytes: nextBytes, lengthBytes },
			signal,
		)) {
			nextBytes += chunk.length;
			yield chunk;
		}
	}
}

/** `undefined` also when the piece failed while we waited for it. */
async function takeKept(
	source: Source,
	offsetBytes: number,
	maxBytes: number,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
	try {
		return await source.headAndIndex?.take(offsetBytes, maxBytes, signal);
	} catch {
		signal.throwIfAborted();
		return undefined;
	}
}

/** The range from whoever can serve it, taken up again at the next byte after every loss. */
async function* readFromOwners(
	source: Source,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const endBytes = range.offsetBytes + range.lengthBytes;
	let nextBytes = range.offsetBytes;
	while (nextBytes < endBytes) {
		const at = await opened(source, signal);
		const file = {
			catalogId: source.search.target.catalogId,
			modifiedAtMs: at.facts.modifiedAtMs,
		};
		const rest = { ...range, offsetBytes: nextBytes, lengthBytes: endBytes - nextBytes };
		try {
			for await (const chunk of at.lease.link.read(file, rest, signal)) {
				nextBytes += chunk.length;
				source.meter.add(chunk.length, source.options.clock.monotonicMs());
				source.changes.soon();
				yield chunk;
			}
		} catch (caught) {
			signal.throwIfAborted();
			handleReadFailure(source, at, GiggityflixError.from(caught));
		}
	}
}

/** Throws when waiting does not help. */
function handleReadFailure(source: Source, at: OpenedAtOwner, error: GiggityflixError): void {
	const isLinkLost = at.lease.link.closed.aborted;
	if (isLinkLost) {
		leave(source, at);
	} else if (error.code === 'invalid-argument') {
		throw error;
	} else if (isFinal(error.code)) {
		fail(source, at, error);
		throw error;
	} else {
		leave(source, at, error);
	}
}

// ---------------------------------------------------------------- staying connected

/** Waits until an owner serves; throws the reason when none will, `signal.reason`, or `cancelled` after `close`. */
async function opened(source: Source, signal: AbortSignal): Promise<OpenedAtOwner> {
	const either = AbortSignal.any([signal, source.lifetime.signal]);
	for (;;) {
		either.throwIfAborted();
		const { phase } = source;
		if (phase.kind === 'open') return phase.at;
		if (phase.kind === 'failed') throw phase.error;
		if (phase.kind === 'idle') start(source);
		await orAborted(source.phaseChanged.promise, either);
	}
}

function start(source: Source, lastError?: GiggityflixError): void {
	// Rejects only when the source is closed.
	connect(source, lastError).catch(() => undefined);
}

/** Looks for an owner until there is one or none will ever be. */
async function connect(source: Source, lastError?: GiggityflixError): Promise<void> {
	const { clock, randomBytes } = source.options;
	const { signal } = source.lifetime;
	if (lastError !== undefined) await waitToRetry(source, lastError, retryDelayMs(0, randomBytes));
	for (let attempt = 0; ; attempt++) {
		enter(source, { kind: 'connecting', sinceMs: clock.now() });
		const found = await findOwner(source.search, signal);
		if ('lease' in found) {
			settle(source, found);
			return;
		}
		if (found.isFinal) {
			enter(source, { kind: 'failed', error: found.error });
			return;
		}
		await waitToRetry(source, found.error, retryDelayMs(attempt, randomBytes));
	}
}

async function waitToRetry(
	source: Source,
	error: GiggityflixError,
	delayMs: number,
): Promise<void> {
	const { clock } = source.options;
	source.wake = new AbortController();
	enter(source, { kind: 'lost', error, retryAtMs: clock.now() + delayMs });
	await clock
		.sleep(delayMs, AbortSignal.any([source.wake.signal, source.lifetime.signal]))
		.catch(() => undefined);
	source.lifetime.signal.throwIfAborted();
}

function settle(source: Source, at: OpenedAtOwner): void {
	const phase: OpenPhase = { kind: 'open', at, route: 'unknown' };
	at.lease.link.closed.addEventListener('abort', () => leave(source, at), {
		once: true,
		// The link may serve others for long, and is not to hold what this source has kept.
		signal: source.lifetime.signal,
	});
	enter(source, phase);
	if (at.lease.link.closed.aborted) {
		leave(source, at);
		return;
	}
	if (source.options.fetchesHead) {
		source.headAndIndex ??= fetchHeadAndIndex({
			sizeBytes: at.facts.sizeBytes,
			comesDeflated: at.lease.link.comesDeflated(),
			read: (range, signal) => readFromOwners(source, range, signal),
			signal: source.lifetime.signal,
		});
	}
	// Ends when the source is closed.
	learnRoute(source, phase).catch(() => undefined);
}

/** Browsers know the way a little after the link is open. */
async function learnRoute(source: Source, phase: OpenPhase): Promise<void> {
	const { clock } = source.options;
	for (let attempt = 0; attempt < routeAttempts && source.phase === phase; attempt++) {
		phase.route = await phase.at.lease.link.route();
		source.changes.now();
		if (phase.route !== 'unknown') return;
		await clock.sleep(routeRetryMs, source.lifetime.signal);
	}
}

/** Leaves an owner whose link is gone, or who fails for now, and looks for one again. */
function leave(source: Source, at: OpenedAtOwner, error?: GiggityflixError): void {
	if (source.phase.kind !== 'open' || source.phase.at !== at) return;
	// A closed source has let go already.
	if (source.lifetime.signal.aborted) return;
	at.lease.release();
	start(source, error);
}

function fail(source: Source, at: OpenedAtOwner, error: GiggityflixError): void {
	if (source.phase.kind !== 'open' || source.phase.at !== at) return;
	at.lease.release();
	enter(source, { kind: 'failed', error });
}

/** After a failure a person may try again; the file may then be another one. */
function startAfresh(source: Source): void {
	source.search.versions.clear();
	source.headAndIndex = undefined;
	start(source);
}

function enter(source: Source, phase: Phase): void {
	source.phase = phase;
	const { phaseChanged } = source;
	source.phaseChanged = createDeferred();
	phaseChanged.resolve(undefined);
	source.changes.now();
}

function close(source: Source): void {
	if (source.lifetime.signal.aborted) return;
	source.lifetime.abort(new GiggityflixError('cancelled', 'the source was closed'));
	if (source.phase.kind === 'open') source.phase.at.lease.release();
}
