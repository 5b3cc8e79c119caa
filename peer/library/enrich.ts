// Looks into films behind the scenes: what they are (MediaProbe), then one picture of each (FrameGrabber). One
// film at a time, the newest folder first, with a pause between films so that a page stays quick. Rule:
// what a film answers is kept, refusals too; what only the moment refuses is tried again another time.
import { createListeners } from '../listeners.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import { maxPosterBytes } from '../../proto/limits.ts';
import type { Clock, FrameGrabber, LibraryStore, Logger, MediaProbe, OpenFile } from '../ports.ts';
import type { FolderId, LibraryItem } from './library-item.ts';
import type { Library } from './library.ts';
import { createWakeUp } from './wake-up.ts';

export interface Enrichment {
	/** Something may have to be looked into: items were added, a folder can be read again. */
	ring(): void;
	/** A folder was scanned: what could not be read before gets another chance. */
	retryPostponed(): void;
	/** Films looked into since there was last nothing to do, and how many it will be. */
	progress(): { readonly done: number; readonly total: number };
	onProgress(listener: () => void): () => void;
}

export interface EnrichmentDependencies {
	readonly library: Library;
	readonly store: LibraryStore;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly mediaProbe: MediaProbe;
	readonly frameGrabber: FrameGrabber;
	readonly isReadable: (folderId: FolderId) => boolean;
	readonly open: (item: LibraryItem) => Promise<OpenFile>;
	readonly onPoster: () => void;
	readonly signal: AbortSignal;
}

/** Twice as wide as a card on a phone; the widest cards of the catalog are narrower. */
export const posterWidthPx = 480;
/** Past the logos, before the story gives itself away. */
const posterAtShare = 0.1;
/** Long enough for a click to be handled between two films. */
const pauseMs = 10;
/** Errors of the moment. The file is not judged by them. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	'permission-denied',
	'not-found',
	'corrupt',
	'cancelled',
	'unavailable',
	'timed-out',
]);

export function createEnrichment(deps: EnrichmentDependencies): Enrichment {
	const { clock, signal } = deps;
	const listeners = createListeners();
	const bell = createWakeUp(clock);
	/** Records that could not be read just now. */
	let postponed = new WeakSet<LibraryItem>();
	let done = 0;
	let left = 0;

	function report(): void {
		listeners.tell();
	}

	async function work(): Promise<void> {
		for (;;) {
			const waiting = waitingItems(deps, postponed);
			left = waiting.count;
			if (waiting.first) {
				const current = await lookInto(deps, waiting.first);
				if (current) postponed.add(current);
				done += 1;
				report();
				await clock.sleep(pauseMs, signal);
			} else {
				done = 0;
				report();
				await bell.wait(signal);
				// A scan rings once for every film it finds.
				await clock.sleep(pauseMs, signal);
			}
		}
	}

	work().catch((caught: unknown) => {
		if (signal.aborted) return;
		deps.logger.warn('looking into films stopped', { code: GiggityflixError.from(caught).code });
	});

	return {
		ring: bell.ring,
		retryPostponed() {
			postponed = new WeakSet();
			bell.ring();
		},
		progress: () => ({ done: left > 0 ? done : 0, total: left > 0 ? done + left : 0 }),
		onProgress: listeners.add,
	};
}

/** How many wait, and the first: of the newest folder, in the order of the listing. */
function waitingItems(
	{ library, isReadable }: EnrichmentDependencies,
	postponed: WeakSet<LibraryItem>,
): { count: number; first: LibraryItem | undefined } {
	let first: LibraryItem | undefined;
	let firstAddedAtMs = -Infinity;
	let count = 0;
	for (const item of library.items()) {
		if (!isWaiting(item) || postponed.has(item) || !isReadable(item.folderId)) continue;
		count += 1;
		const addedAtMs = library.folder(item.folderId)?.addedAtMs ?? 0;
		if (addedAtMs <= firstAddedAtMs) continue;
		first = item;
		firstAddedAtMs = addedAtMs;
	}
	return { count, first };
}

/** Probes and pictures one film. Returns its record when that has to wait for a better moment. */
async function lookInto(
	deps: EnrichmentDependencies,
	item: LibraryItem,
): Promise<LibraryItem | undefined> {
	const { library, signal } = deps;
	try {
		const file = await deps.open(item);
		if (file.sizeBytes !== item.sizeBytes || file.modifiedAtMs !== item.modifiedAtMs) {
			throw new GiggityflixError('corrupt', 'the file has changed since the scan');
		}
		if (item.probe.kind === 'waiting') await probe(deps, item, file);
		const probed = library.item(item.offerId);
		if (probed?.poster.kind === 'waiting' && isSameVersion(probed, item)) {
			await picture(deps, probed, file);
		}
		return undefined;
	} catch (caught) {
		signal.throwIfAborted();
		const { code } = GiggityflixError.from(caught);
		deps.logger.info('a film could not be looked into now', { code });
		return library.item(item.offerId);
	}
}

async function probe(
	deps: EnrichmentDependencies,
	item: LibraryItem,
	file: OpenFile,
): Promise<void> {
	try {
		const facts = await deps.mediaProbe.probe(file, item.path, deps.signal);
		revise(deps, item, { probe: { kind: 'done', facts } });
	} catch (caught) {
		const reason = judge(caught, deps.signal);
		// What cannot be opened has no picture either.
		revise(deps, item, { probe: { kind: 'failed', reason }, poster: { kind: 'failed', reason } });
	}
}

async function picture(
	deps: EnrichmentDependencies,
	item: LibraryItem,
	file: OpenFile,
): Promise<void> {
	try {
		const image = await grabPoster(deps, item, file);
		await deps.store.savePoster(item.offerId, image);
		revise(deps, item, { poster: { kind: 'done', posterId: bytesToHex(sha256(image)) } });
		deps.onPoster();
	} catch (caught) {
		revise(deps, item, { poster: { kind: 'failed', reason: judge(caught, deps.signal) } });
	}
}

/** Makes a change only while the film is still the version that was looked into. */
function revise(
	{ library }: EnrichmentDependencies,
	item: LibraryItem,
	change: Pick<Partial<LibraryItem>, 'probe' | 'poster'>,
): void {
	library.update(item.offerId, (current) =>
		isSameVersion(current, item) ? { ...current, ...change } : current,
	);
}

/** The reason to record; rethrows what only the moment refuses. */
function judge(caught: unknown, signal: AbortSignal): ErrorCode {
	signal.throwIfAborted();
	const error = GiggityflixError.from(caught);
	if (passing.has(error.code)) throw error;
	return error.code;
}

/** One WebP picture of at most `maxPosterBytes`. Throws `unsupported` when there is none. */
async function grabPoster(
	{ frameGrabber, signal }: EnrichmentDependencies,
	item: LibraryItem,
	file: OpenFile,
): Promise<Uint8Array<ArrayBuffer>> {
	const { durationMs = 0, videoCodec } = item.probe.kind === 'done' ? item.probe.facts : noFacts;
	if (videoCodec === '') throw new GiggityflixError('unsupported', 'there is no video track');
	const [frame] = await frameGrabber.grab(file, item.path, {
		atMs: [Math.round(durationMs * posterAtShare)],
		maxWidthPx: posterWidthPx,
		maxBytes: maxPosterBytes,
		signal,
	});
	if (!frame || frame.image.length === 0 || frame.image.length > maxPosterBytes) {
		throw new GiggityflixError('unsupported', 'no picture of a fitting size was made');
	}
	return frame.image;
}

const noFacts = { durationMs: 0, videoCodec: '' };

function isWaiting(item: LibraryItem): boolean {
	if (item.presence.kind !== 'present') return false;
	return item.probe.kind === 'waiting' || item.poster.kind === 'waiting';
}

function isSameVersion(one: LibraryItem, other: LibraryItem): boolean {
	return one.sizeBytes === other.sizeBytes && one.modifiedAtMs === other.modifiedAtMs;
}
