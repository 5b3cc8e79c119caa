// All saves of this browser: those that run in this tab, and those that were cut off by a reload, a crash, a full
// disk or an owner who left, to be resumed or discarded. Rule: what is saved already is not begun a second time.
// Knows nothing of catalogs and swarms, nor of how a file is written.
import { GiggityflixError } from '../../proto/errors.ts';
import { randomId, type OfferId } from '../../proto/ids.ts';
import { createListeners, type Listeners } from '../listeners.ts';
import type { RandomBytes } from '../ports.ts';
import { parseMagnet } from '../torrent/magnet.ts';
import { createRateMeter } from '../transfer/rate-meter.ts';
import { startRun, type KnownSave, type RunStage, type SaveRunOptions } from './save-run.ts';
import type { PartFile, SaveId, SaveRecord, SavedThing } from './save-ports.ts';

/** As it is now. */
export interface Save {
	readonly record: SaveRecord;
	readonly stage: RunStage;
	/** Zero while it is not saving. */
	readonly bytesPerSecond: number;
	/** It is saving, and nothing has come for a while: whoever has it is away, or the disk is slow. */
	readonly isWaiting: boolean;
}

export interface Saves {
	/** In the order they were begun. */
	list(): readonly Save[];
	/** Calls back when one comes, goes or turns to another stage; numbers are asked for. Returns the unsubscribe. */
	subscribe(onChange: () => void): () => void;
	/** Looks at what is remembered; again when another tab may have changed it. */
	load(): Promise<void>;
	/** Begins one, or resumes it where it was begun before. Call it from a click; ends when it runs no more. */
	save(thing: SavedThing, fileName: string): Promise<void>;
	/** Call it from a click. Throws `permission-denied` when the browser may not write to the file any more. */
	resume(saveId: SaveId): Promise<void>;
	/** Keeps what is there. */
	pause(saveId: SaveId): Promise<void>;
	/** Forgets it and deletes what is there of the file; one that is saved is only taken off the list. Call it from a click. */
	discard(saveId: SaveId): Promise<void>;
	/** The page is left: puts in place what was written. */
	close(): void;
}

export interface SavesOptions extends SaveRunOptions {
	readonly randomBytes: RandomBytes;
	/** Asks the person for a file; absent where the browser has no way to. `undefined` when they changed their mind. */
	readonly choose: ((suggestedName: string) => Promise<PartFile | undefined>) | undefined;
}

/** A link that is lost is back sooner, as a rule. */
const patienceMs = 3000;

interface State {
	readonly options: SavesOptions;
	readonly known: Map<SaveId, KnownSave>;
	readonly changes: Listeners<void>;
}

export function createSaves(options: SavesOptions): Saves {
	const state: State = { options, known: new Map(), changes: createListeners() };
	const { known, changes } = state;
	return {
		list: () => [...known.values()].map((save) => describe(save, options.clock.monotonicMs())),
		subscribe: changes.add,
		load: () => load(state),
		async save(thing, fileName) {
			const same = [...known.values()].find(({ record }) => isSameThing(record.of, thing));
			if (same && same.stage.kind !== 'saved') return resume(state, same.record.saveId);
			if (same) known.delete(same.record.saveId);
			return begin(state, thing, fileName);
		},
		resume: (saveId) => resume(state, saveId),
		pause: (saveId) => pause(state, saveId),
		discard: (saveId) => discard(state, saveId),
		close() {
			for (const { run } of known.values()) {
				run?.stop.abort(new GiggityflixError('cancelled', 'the page was left'));
			}
		},
	};
}

/** The same film, by whatever link; the same file of the same torrent. */
export function isSameThing(one: SavedThing, other: SavedThing): boolean {
	if (one.kind === 'film') return other.kind === 'film' && one.catalogId === other.catalogId;
	if (other.kind === 'film' || one.fileIndex !== other.fileIndex) return false;
	return parseMagnet(one.magnet).infoHash === parseMagnet(other.magnet).infoHash;
}

async function load({ options, known, changes }: State): Promise<void> {
	const [remembered, held] = await Promise.all([options.store.list(), options.locks.held()]);
	for (const { record, part } of remembered) {
		const { saveId } = record;
		const before = known.get(saveId);
		if (before?.run) continue;
		const isElsewhere = held.has(saveId);
		const wasCut: RunStage = { kind: 'interrupted', reason: 'cancelled' };
		const stage: RunStage = isElsewhere
			? { kind: 'elsewhere' }
			: before?.stage.kind === 'interrupted'
				? before.stage
				: wasCut;
		known.set(saveId, { record, part, stage, ...notRunning() });
	}
	const ids = new Set(remembered.map(({ record }) => record.saveId));
	for (const [saveId, { run, stage }] of known) {
		if (!run && stage.kind !== 'saved' && !ids.has(saveId)) known.delete(saveId);
	}
	changes.tell();
}

async function begin(state: State, of: SavedThing, fileName: string): Promise<void> {
	const { options, known, changes } = state;
	const part = await options.choose?.(fileName);
	if (options.choose && !part) return;
	const saveId = randomId<OfferId>(options.randomBytes) as string as SaveId;
	const save: KnownSave = {
		record: {
			...{ saveId, of, fileName, into: part ? 'file' : 'downloads' },
			...{ sizeBytes: 0, modifiedAtMs: 0, savedBytes: 0, startedAtMs: options.clock.now() },
		},
		...{ part, stage: { kind: 'opening' }, ...notRunning() },
	};
	known.set(saveId, save);
	await startRun(options, save, changes.tell);
}

async function resume({ options, known, changes }: State, saveId: SaveId): Promise<void> {
	const save = known.get(saveId);
	if (!save || save.run || save.stage.kind === 'saved') return;
	if (save.part && !(await save.part.requestAccess())) {
		throw new GiggityflixError('permission-denied', 'the file may not be written to');
	}
	await startRun(options, save, changes.tell);
}

async function pause({ known }: State, saveId: SaveId): Promise<void> {
	const run = known.get(saveId)?.run;
	run?.stop.abort(new GiggityflixError('cancelled', 'stopped by the person'));
	await run?.ended;
}

async function discard(state: State, saveId: SaveId): Promise<void> {
	const { options, known, changes } = state;
	const save = known.get(saveId);
	if (!save || save.stage.kind === 'elsewhere') return;
	const wasSaved = save.stage.kind === 'saved';
	// Asked at once, while the click counts.
	const mayDelete = !wasSaved && (await save.part?.requestAccess()) === true;
	await pause(state, saveId);
	// It may have ended in the meantime: then the file is the person's.
	const isSaved = known.get(saveId)?.stage.kind === 'saved';
	if (mayDelete && !isSaved) await save.part?.remove();
	await options.store.remove(saveId);
	known.delete(saveId);
	changes.tell();
}

function notRunning(): Pick<KnownSave, 'meter' | 'heardAtMs' | 'run'> {
	return { meter: createRateMeter(), heardAtMs: 0, run: undefined };
}

function describe({ record, stage, meter, heardAtMs }: KnownSave, nowMs: number): Save {
	const isSaving = stage.kind === 'saving';
	const bytesPerSecond = isSaving ? meter.bytesPerSecond(nowMs) : 0;
	return { record, stage, bytesPerSecond, isWaiting: isSaving && nowMs - heardAtMs > patienceMs };
}
