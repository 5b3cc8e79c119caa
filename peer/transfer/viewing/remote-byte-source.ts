// A film of other peers as a byte source. The rule: a reader never notices a lost link. Reads wait while
// an owner is looked for, negotiated with again or away, and go on at the exact next byte; only what no
// waiting puts right reaches them. Knows nothing of WebRTC or of who reads.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { WatchSource, WatchTarget } from '../../peer.ts';
import type { Clock, RandomBytes } from '../../ports.ts';
import type { ByteRange } from '../byte-source.ts';
import { createChangeSignal, type ChangeSignal } from '../change-signal.ts';
import { isFinal } from '../pieces/final-reasons.ts';
import { fetchHeadAndIndex, type HeadAndIndex } from './head-and-index.ts';
import type { OpenedAtOwner } from './owner-search.ts';
import { createPresentOwner, type PresentOwner } from './present-owner.ts';
import { createRateMeter, type RateMeter } from '../rate-meter.ts';
import { describePhase } from './remote-phase.ts';
import { orAborted } from '../settling.ts';
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

interface Source {
	readonly options: RemoteByteSourceOptions;
	readonly owner: PresentOwner;
	readonly meter: RateMeter;
	readonly changes: ChangeSignal;
	readonly lifetime: AbortController;
	headAndIndex: HeadAndIndex | undefined;
	readonly playback: StartOfPlayback;
}

export function createRemoteByteSource(options: RemoteByteSourceOptions): RemoteByteSource {
	const { clock } = options;
	const meter = createRateMeter();
	const lifetime = new AbortController();
	const changes = createChangeSignal({
		clock,
		isMoving: () => meter.bytesPerSecond(clock.monotonicMs()) > 0,
	});
	const owner = createPresentOwner({
		...options,
		lifetime: lifetime.signal,
		onChanged: changes.now,
		onOpened: (at) => fetchHead(source, at),
	});
	const source: Source = {
		...{ options, owner, meter, changes, lifetime },
		headAndIndex: undefined,
		playback: createStartOfPlayback(clock, lifetime.signal),
	};
	return {
		async open(signal) {
			startAfresh(source);
			return (await owner.opened(signal)).facts;
		},
		read: (range, signal) => read(source, range, AbortSignal.any([signal, lifetime.signal])),
		close: () => close(source),
		connection: () => describePhase(owner.phase(), meter, clock),
		subscribe: changes.subscribe,
		retry() {
			startAfresh(source);
			owner.hurry();
		},
		signallingRestored: owner.hurry,
		received: () => ({
			totalBytes: meter.totalBytes,
			bytesPerSecond: meter.bytesPerSecond(clock.monotonicMs()),
		}),
		playback: source.playback,
	};
}

function fetchHead(source: Source, at: OpenedAtOwner): void {
	if (!source.options.fetchesHead) return;
	source.headAndIndex ??= fetchHeadAndIndex({
		sizeBytes: at.facts.sizeBytes,
		comesDeflated: at.lease.link.comesDeflated(),
		read: (range, signal) => readFromOwners(source, range, signal),
		signal: source.lifetime.signal,
	});
}

async function* read(
	source: Source,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const isFilm = (range.sideCar ?? 0) === 0;
	const endBytes = range.offsetBytes + range.lengthBytes;
	let nextBytes = range.offsetBytes;
	await source.owner.opened(signal);
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
		const at = await source.owner.opened(signal);
		const file = {
			catalogId: source.options.target.catalogId,
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
		source.owner.leave(at);
	} else if (error.code === 'invalid-argument') {
		throw error;
	} else if (isFinal(error.code)) {
		source.owner.fail(at, error);
		throw error;
	} else {
		source.owner.leave(at, error);
	}
}

/** After a failure a person may try again; what is kept of the film may then be of another one. */
function startAfresh(source: Source): void {
	if (source.owner.phase().kind !== 'failed') return;
	source.headAndIndex = undefined;
	source.owner.startAfresh();
}

function close(source: Source): void {
	if (source.lifetime.signal.aborted) return;
	source.lifetime.abort(new GiggityflixError('cancelled', 'the source was closed'));
	source.owner.release();
}
