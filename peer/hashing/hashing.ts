// Hashes the library behind the scenes, several files at once, each read once for its media id and its torrent.
// Rule: what somebody waits for goes first, then what is being watched, then what is on the screen, then the newest
// folder; everything else a page does goes before hashing. What was hashed is never hashed again while path,
// size and time stay the same, and a large file goes on from its checkpoint. Does not know how bytes are hashed.
import { bytesToHex } from '@noble/hashes/utils.js';
import { GiggityflixError } from '../../proto/errors.ts';
import type { MediaId, OfferId } from '../../proto/ids.ts';
import type { FolderId, LibraryItem } from '../library/library-item.ts';
import type { Library } from '../library/library.ts';
import { createWakeUp } from '../library/wake-up.ts';
import { createListeners } from '../listeners.ts';
import type { HashingState } from '../peer.ts';
import type { Clock, HashCheckpoints, Hasher, LibraryStore, Logger, OpenFile } from '../ports.ts';
import { infoHashOf } from '../torrent/info-hash.ts';
import { createRateMeter } from '../transfer/rate-meter.ts';
import { createDemands, type Demands } from './demands.ts';
import { isSameVersion } from './file-version.ts';
import { hashFromCheckpoint } from './hash-from-checkpoint.ts';
import { surveyLibrary, type Survey } from './hash-order.ts';
import { encodeInfoDictionary, piecesIdOf } from './info-dictionary.ts';
import { pieceLengthOf } from './piece-length.ts';
import { createRest, type Rest } from './rest.ts';

export interface Hashing {
	/** Items, folders, settings or what goes before hashing may have changed. */
	ring(): void;
	/** A folder was scanned: what could not be read before gets another chance. */
	retryPostponed(): void;
	/** These are on somebody's screen. Replaces what was said before. */
	prefer(offerIds: readonly OfferId[]): void;
	/** Somebody waits for a picture from here: for a moment no file is begun, nor the next slice of one. */
	rest(): void;
	/**
	 * The media id of an item; it is hashed next when there is none, even while hashing is paused. Throws what reading
	 * throws, and `corrupt` when the file turns out to be another version. Aborting ends the wait.
	 */
	demand(item: LibraryItem, signal: AbortSignal): Promise<MediaId>;
	state(): HashingState;
	onProgress(listener: () => void): () => void;
}

export interface HashingDependencies {
	readonly library: Library;
	readonly store: LibraryStore;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly hasher: Hasher;
	readonly hashCheckpoints?: HashCheckpoints | undefined;
	readonly isReadable: (folderId: FolderId) => boolean;
	readonly open: (item: LibraryItem) => Promise<OpenFile>;
	readonly isPaused: () => boolean;
	/** Whether films are still being looked into; a picture is wanted sooner than a hash. */
	readonly isBusy: () => boolean;
	/** Viewers by catalog id, as films of this peer are watched now. */
	readonly viewersByEntry: () => Readonly<Record<string, number>>;
	readonly signal: AbortSignal;
}

interface RunningFile {
	readonly item: LibraryItem;
	readonly ending: AbortController;
	/** `undefined` until it is known where it goes on. */
	hashedBytes: number | undefined;
}

interface State {
	readonly running: Map<OfferId, RunningFile>;
	readonly demands: Demands;
	readonly rest: Rest;
	readonly meter: ReturnType<typeof createRateMeter>;
	preferred: ReadonlySet<OfferId>;
	/** Versions that could not be read just now. */
	readonly postponed: Map<OfferId, LibraryItem>;
	survey: Survey;
}

/** Long enough for a click to be handled between two files, and for a scan that rings for every film it finds. */
const pauseMs = 10;

export function createHashing(deps: HashingDependencies): Hashing {
	const { clock, signal } = deps;
	const listeners = createListeners();
	const bell = createWakeUp(clock);
	const state: State = {
		running: new Map(),
		demands: createDemands(),
		rest: createRest(clock),
		meter: createRateMeter(),
		preferred: new Set(),
		postponed: new Map(),
		survey: { hashedCount: 0, totalCount: 0, waitingBytes: 0, next: undefined },
	};

	async function work(): Promise<void> {
		for (;;) {
			await bell.wait(signal);
			await clock.sleep(pauseMs, signal);
			endWhatIsNotWanted(deps, state);
			for (let next = pickNext(deps, state); next; next = pickNext(deps, state)) {
				const file = { item: next, ending: new AbortController(), hashedBytes: undefined };
				state.running.set(next.offerId, file);
				void run(deps, state, file, listeners.tell).finally(bell.ring);
			}
			listeners.tell();
		}
	}

	signal.addEventListener('abort', () => {
		for (const { ending } of state.running.values()) ending.abort(signal.reason);
	});
	work().catch((caught: unknown) => {
		if (signal.aborted) return;
		deps.logger.warn('hashing stopped', { code: GiggityflixError.from(caught).code });
	});

	return {
		ring: bell.ring,
		retryPostponed() {
			state.postponed.clear();
			bell.ring();
		},
		prefer(offerIds) {
			state.preferred = new Set(offerIds);
			bell.ring();
		},
		rest() {
			state.rest.begin();
			deps.hasher.rest();
		},
		demand(item, waitSignal) {
			const current = deps.library.item(item.offerId);
			if (current?.mediaId) return Promise.resolve(current.mediaId);
			const answer = state.demands.add(item, waitSignal);
			bell.ring();
			return answer;
		},
		state: () => describe(deps, state),
		onProgress: listeners.add,
	};
}

/** Ends what has changed or gone since it was begun, or was paused; answers who waits for what cannot come. */
function endWhatIsNotWanted(deps: HashingDependencies, { running, demands }: State): void {
	demands.settle((item) => {
		const current = deps.library.item(item.offerId);
		if (current?.mediaId) return current.mediaId;
		if (current && isSameVersion(current, item) && isHashable(deps, current)) return undefined;
		return new GiggityflixError('corrupt', 'the file is not the one that was offered');
	});
	for (const { item, ending } of running.values()) {
		const current = deps.library.item(item.offerId);
		const isWanted = current && isSameVersion(current, item) && isHashable(deps, current);
		const mayRun = !deps.isPaused() || demands.has(item.offerId);
		if (!isWanted || !mayRun) {
			ending.abort(new GiggityflixError('cancelled', 'the file need not be hashed now'));
		}
	}
}

/** The next file to hash, while there is a worker for it. */
function pickNext(deps: HashingDependencies, state: State): LibraryItem | undefined {
	const { running, demands, preferred, postponed } = state;
	const viewers = deps.viewersByEntry();
	const isWatched = (item: LibraryItem) =>
		item.catalogId !== undefined && (viewers[item.catalogId] ?? 0) > 0;
	state.survey = surveyLibrary(deps.library, {
		isHashable: (item) => isHashable(deps, item),
		isStartable: (item) => {
			const failed = postponed.get(item.offerId);
			const isPostponed = failed !== undefined && isSameVersion(failed, item);
			return !running.has(item.offerId) && (!isPostponed || demands.has(item.offerId));
		},
		isDemanded: (item) => demands.has(item.offerId),
		isWatched,
		isPreferred: (item) => preferred.has(item.offerId),
	});
	const { next } = state.survey;
	// Those who watch need the disk and the cores more.
	const maxFiles = Object.keys(viewers).length > 0 ? 1 : deps.hasher.maxFilesAtOnce;
	if (!next || running.size >= maxFiles) return undefined;
	const mustWait = deps.isPaused() || deps.isBusy();
	return mustWait && !demands.has(next.offerId) ? undefined : next;
}

/** Never throws: a file that cannot be hashed now waits for the next scan. */
async function run(
	deps: HashingDependencies,
	state: State,
	file: RunningFile,
	onProgress: () => void,
): Promise<void> {
	const { item, ending } = file;
	try {
		await state.rest.over(ending.signal);
		await hash(deps, file, (hashedBytes) => {
			state.meter.add(hashedBytes - (file.hashedBytes ?? 0), deps.clock.monotonicMs());
			file.hashedBytes = hashedBytes;
			onProgress();
		});
	} catch (caught) {
		if (ending.signal.aborted) return;
		const error = GiggityflixError.from(caught);
		deps.logger.info('a film could not be hashed now', { code: error.code });
		state.postponed.set(item.offerId, item);
		state.demands.fail(item.offerId, error);
	} finally {
		state.running.delete(item.offerId);
	}
}

async function hash(
	deps: HashingDependencies,
	running: RunningFile,
	onProgress: (hashedBytes: number) => void,
): Promise<void> {
	const { item, ending } = running;
	const { sizeBytes } = item;
	const pieceLengthBytes = pieceLengthOf(sizeBytes);
	const file = await openVersion(deps, item);
	const { sha256, pieces } = await hashFromCheckpoint(deps, item.offerId, file, {
		pieceLengthBytes,
		onBegin: (hashedBytes) => (running.hashedBytes = hashedBytes),
		onProgress,
		signal: ending.signal,
	});
	// A file that was written to in the meantime has two halves that never were one.
	await openVersion(deps, item);
	const name = item.path.slice(item.path.lastIndexOf('/') + 1);
	const content = { sizeBytes, pieceLengthBytes, pieces };
	const infoDictionary = encodeInfoDictionary({ ...content, name });
	await deps.store.saveInfoDictionary(item.offerId, infoDictionary);
	ending.signal.throwIfAborted();
	const mediaId = bytesToHex(sha256) as MediaId;
	const torrent = {
		infoHash: infoHashOf(infoDictionary),
		pieceLengthBytes,
		piecesId: piecesIdOf(content),
		infoDictionaryBytes: infoDictionary.length,
	};
	deps.library.update(item.offerId, (current) =>
		isSameVersion(current, item) ? { ...current, mediaId, torrent } : current,
	);
}

/** Throws `corrupt` when the file is not the version of the record. */
async function openVersion(deps: HashingDependencies, item: LibraryItem): Promise<OpenFile> {
	const file = await deps.open(item);
	if (isSameVersion(file, item)) return file;
	throw new GiggityflixError('corrupt', 'the file has changed since the scan');
}

/** Private films are hashed when they are shared: their hash is of use to nobody before. */
function isHashable({ library, isReadable }: HashingDependencies, item: LibraryItem): boolean {
	return (
		item.presence.kind === 'present' &&
		item.removedAtMs === undefined &&
		item.sizeBytes > 0 &&
		library.sharingOf(item) !== 'private' &&
		isReadable(item.folderId)
	);
}

function describe(deps: HashingDependencies, state: State): HashingState {
	const { survey, running, meter } = state;
	const { hashedCount, totalCount } = survey;
	const bytesPerSecond = running.size > 0 ? meter.bytesPerSecond(deps.clock.monotonicMs()) : 0;
	const files = [...running.values()];
	const hashedBytes = files.reduce((sum, file) => sum + (file.hashedBytes ?? 0), 0);
	const bytesLeft = Math.max(0, survey.waitingBytes - hashedBytes);
	const isLeft = hashedCount < totalCount;
	return {
		kind: !isLeft ? 'idle' : deps.isPaused() ? 'paused' : 'working',
		hashedCount,
		totalCount,
		bytesPerSecond,
		...(isLeft && bytesPerSecond > 0 && { msLeft: (bytesLeft / bytesPerSecond) * 1000 }),
		shareByOffer: Object.fromEntries(
			files.flatMap(({ item, hashedBytes: done }) =>
				done === undefined ? [] : [[item.offerId, done / item.sizeBytes] as const],
			),
		),
	};
}
