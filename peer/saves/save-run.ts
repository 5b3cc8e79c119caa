// One save while it runs in this tab: locked against other tabs, its source opened, its stage told as it turns.
// Rule: it is remembered before its first byte and forgotten after its last. Knows no list and no person.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { Clock } from '../ports.ts';
import type { ByteSource, ByteSourceFacts } from '../transfer/byte-source.ts';
import type { RateMeter } from '../transfer/rate-meter.ts';
import type { PartPieces } from './part-pieces.ts';
import { saveByDownload } from './save-by-download.ts';
import { saveIntoFile } from './save-into-file.ts';
import type {
	Downloads,
	PartFile,
	SaveLocks,
	SaveRecord,
	SavedThing,
	SaveStore,
} from './save-ports.ts';

/** What is saved, opened. */
export interface SaveSource extends ByteSource {
	/** What vouches for its bytes, if anything does. */
	pieces(facts: ByteSourceFacts, signal: AbortSignal): Promise<PartPieces | undefined>;
}

export interface SaveRunOptions {
	readonly clock: Clock;
	readonly store: SaveStore;
	readonly locks: SaveLocks;
	readonly downloads: Downloads;
	/** The caller closes it. */
	readonly openSource: (thing: SavedThing, signal: AbortSignal) => Promise<SaveSource>;
}

export type RunStage =
	/** Whoever has it is being found. */
	| { readonly kind: 'opening' }
	/** What is there is compared with what it should be. */
	| { readonly kind: 'checking'; readonly checkedBytes: number }
	| { readonly kind: 'saving'; readonly savedBytes: number }
	/** Another tab is at it. */
	| { readonly kind: 'elsewhere' }
	/** `cancelled`: a person or a reload has stopped it. */
	| { readonly kind: 'interrupted'; readonly reason: ErrorCode }
	/** In this visit. */
	| { readonly kind: 'saved' };

/** A save as this tab knows it, whether it runs or not. */
export interface KnownSave {
	record: SaveRecord;
	readonly part: PartFile | undefined;
	stage: RunStage;
	readonly meter: RateMeter;
	/** When bytes came last, or the run turned to saving; by the clock that never runs backwards. */
	heardAtMs: number;
	run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
}

/** Settles when it runs no more, however that came; `known.stage` says how. `onTurn`: it has another stage. */
export function startRun(
	options: SaveRunOptions,
	known: KnownSave,
	onTurn: () => void,
): Promise<void> {
	const stop = new AbortController();
	const turn = (stage: RunStage) => {
		known.stage = stage;
		onTurn();
	};
	turn({ kind: 'opening' });
	const ended = runToEnd(options, known, turn, stop.signal).then((stage) => {
		known.run = undefined;
		turn(stage);
	});
	known.run = { stop, ended };
	return ended;
}

/** Where nothing can be remembered it is saved all the same. */
async function remember(
	{ store }: Pick<SaveRunOptions, 'store'>,
	known: KnownSave,
	news: Partial<SaveRecord> = {},
): Promise<void> {
	known.record = { ...known.record, ...news };
	await store.put(known.record, known.part).catch(() => undefined);
}

type Turn = (stage: RunStage) => void;

async function runToEnd(
	options: SaveRunOptions,
	known: KnownSave,
	turn: Turn,
	signal: AbortSignal,
): Promise<RunStage> {
	const { saveId } = known.record;
	let release: (() => void) | undefined;
	try {
		release = await options.locks.hold(saveId);
		if (!release) return { kind: 'elsewhere' };
		await remember(options, known);
		await transfer(options, known, turn, signal);
		await options.store.remove(saveId);
		return { kind: 'saved' };
	} catch (caught) {
		const reason = signal.aborted ? 'cancelled' : GiggityflixError.from(caught).code;
		return { kind: 'interrupted', reason };
	} finally {
		release?.();
	}
}

async function transfer(
	options: SaveRunOptions,
	known: KnownSave,
	turn: Turn,
	signal: AbortSignal,
): Promise<void> {
	const { record, part } = known;
	const source = await options.openSource(record.of, signal);
	try {
		const facts = await source.open(signal);
		const { sizeBytes, modifiedAtMs } = facts;
		const resume = part && (await resumeOf(record, source, facts, signal));
		await remember(options, known, { sizeBytes, modifiedAtMs });
		const onWritten = (savedBytes: number) => count(options, known, turn, savedBytes);
		if (!part) {
			const { fileName } = record;
			const { downloads } = options;
			await saveByDownload({ downloads, source, fileName, sizeBytes, signal, onWritten });
			return;
		}
		await saveIntoFile({
			...{ part, source, sizeBytes, resume, signal, onWritten },
			onChecked: (checkedBytes) => turn({ kind: 'checking', checkedBytes }),
			onPlaced: (savedBytes) => remember(options, known, { savedBytes }),
		});
	} finally {
		source.close();
	}
}

/** Tells of the first bytes alone: numbers are asked for. */
function count({ clock }: SaveRunOptions, known: KnownSave, turn: Turn, savedBytes: number): void {
	const { stage, meter } = known;
	known.heardAtMs = clock.monotonicMs();
	if (stage.kind === 'saving') {
		meter.add(savedBytes - stage.savedBytes, known.heardAtMs);
		known.stage = { kind: 'saving', savedBytes };
	} else turn({ kind: 'saving', savedBytes });
}

/** `undefined`: what is there is of another version, or nothing. */
async function resumeOf(
	record: SaveRecord,
	source: SaveSource,
	facts: ByteSourceFacts,
	signal: AbortSignal,
): Promise<{ readonly pieces: PartPieces | undefined } | undefined> {
	if (record.sizeBytes === 0) return undefined;
	const pieces = await source.pieces(facts, signal);
	const { sizeBytes, modifiedAtMs } = facts;
	const isSameVersion = record.sizeBytes === sizeBytes && record.modifiedAtMs === modifiedAtMs;
	return pieces || isSameVersion ? { pieces } : undefined;
}
