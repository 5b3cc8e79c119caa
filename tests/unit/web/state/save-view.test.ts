// What is said of a save, in each of its stages.
import { expect, it } from 'vitest';
import type { RunStage } from '../../../../peer/saves/save-run.ts';
import type { SaveId, SaveRecord } from '../../../../peer/saves/save-ports.ts';
import type { CatalogId } from '../../../../proto/ids.ts';
import { interruptedToast, viewOfSave } from '../../../../web/lib/state/save-view.ts';

const record: SaveRecord = {
	saveId: 'save' as SaveId,
	of: { kind: 'film', catalogId: 'a' as CatalogId },
	...{ fileName: 'Harbour.mp4', into: 'file' },
	...{ sizeBytes: 4_000_000_000, modifiedAtMs: 1, savedBytes: 1_000_000_000, startedAtMs: 1 },
};

const wordsOf = (stage: RunStage, bytesPerSecond = 0, changes: Partial<SaveRecord> = {}) =>
	viewOfSave({ record: { ...record, ...changes }, stage, bytesPerSecond, isWaiting: false }).words;

it('says how far it is, how fast, and how long it takes', () => {
	const saving: RunStage = { kind: 'saving', savedBytes: 2_000_000_000 };
	expect(wordsOf(saving, 10_000_000)).toBe('2 GB of 4 GB · 10 MB/s · 3 min left');
	expect(wordsOf(saving)).toBe('2 GB of 4 GB');
	expect(viewOfSave({ record, stage: saving, bytesPerSecond: 0, isWaiting: true }).words).toBe(
		'2 GB of 4 GB · waiting for whoever has it',
	);
	expect(wordsOf(saving, 10_000_000, { into: 'downloads' })).toContain('keep this page open');
});

it('says why it stopped and what can be done', () => {
	const stopped = (reason: 'cancelled' | 'resource-exhausted'): RunStage => ({
		kind: 'interrupted',
		reason,
	});
	expect(wordsOf(stopped('cancelled'))).toBe('Stopped at 1 GB of 4 GB');
	expect(wordsOf(stopped('cancelled'), 0, { savedBytes: 0 })).toBe('Stopped at the beginning');
	expect(wordsOf(stopped('resource-exhausted'))).toBe(
		'1 GB of 4 GB · The disk is full. Make room, then resume.',
	);
	const download = { ...record, into: 'downloads' } as const;
	const view = viewOfSave({
		record: download,
		stage: stopped('cancelled'),
		bytesPerSecond: 0,
		isWaiting: false,
	});
	expect(view).toMatchObject({ kind: 'interrupted', resumeLabel: 'Start again' });
	expect(view.progress).toBeUndefined();
});

it('offers what was cut off in one sentence', () => {
	expect(interruptedToast(['Harbour.mp4'])).toBe('“Harbour.mp4” was not saved to the end.');
	expect(interruptedToast(['One.mp4', 'Two.mp4'])).toBe('2 saves were cut off.');
});
