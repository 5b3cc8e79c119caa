// A save as it is shown: how far it is, how fast, how long it still takes, and what can be done about it. Stages and
// numbers in, words out. Pure.
import type { Save } from '../../../peer/saves/saves.ts';
import type { SaveRecord } from '../../../peer/saves/save-ports.ts';
import type { ErrorCode } from '../../../proto/errors.ts';
import type { NoticeView, SaveView } from '../view-models.ts';
import { formatBytes, formatPlural, formatRate, formatSpan } from './format.ts';

export function viewOfSave(save: Save): SaveView {
	const { record, stage } = save;
	const name = record.fileName === '' ? 'A file without a name' : record.fileName;
	const of = { saveId: record.saveId, name };
	switch (stage.kind) {
		case 'opening':
			return { ...of, kind: 'running', words: 'Looking for whoever has it' };
		case 'checking':
			return {
				...{ ...of, kind: 'running', words: 'Checking what is there already' },
				progress: { done: stage.checkedBytes, total: record.sizeBytes },
			};
		case 'saving':
			return {
				...{ ...of, kind: 'running', words: savingWords(save, stage.savedBytes) },
				progress: { done: stage.savedBytes, total: record.sizeBytes },
			};
		case 'elsewhere':
			return { ...of, kind: 'elsewhere', words: 'Another tab is saving it' };
		case 'interrupted':
			return {
				...{ ...of, kind: 'interrupted', words: interruptedWords(record, stage.reason) },
				resumeLabel: record.into === 'file' ? 'Resume' : 'Start again',
				...(isPartlyThere(record) && {
					progress: { done: record.savedBytes, total: record.sizeBytes },
				}),
			};
		case 'saved':
			return { ...of, kind: 'saved', words: `Saved · ${formatBytes(record.sizeBytes)}` };
	}
}

/** The part that is on the disk, as Settings lists it. */
export function partSize(record: SaveRecord): string {
	return isPartlyThere(record)
		? `${formatBytes(record.savedBytes)} of ${formatBytes(record.sizeBytes)}`
		: 'nothing yet';
}

/** Said once when the page is opened. */
export function interruptedToast(names: readonly string[]): string {
	return names.length === 1
		? `“${names[0] ?? ''}” was not saved to the end.`
		: `${formatPlural(names.length, 'save was', 'saves were')} cut off.`;
}

export const nothingSaved: NoticeView<'open-catalog'> = {
	title: 'Nothing is being saved',
	text: 'Save a film on its page, or a file of a magnet. It stays listed here until it is whole.',
	action: { label: 'Go to the catalog', kind: 'open-catalog' },
};

/** "1.2 GB of 4.1 GB · 12 MB/s · 3 min left". */
function savingWords({ record, bytesPerSecond, isWaiting }: Save, savedBytes: number): string {
	const { sizeBytes, into } = record;
	const parts = [`${formatBytes(savedBytes)} of ${formatBytes(sizeBytes)}`];
	if (isWaiting) parts.push('waiting for whoever has it');
	else if (bytesPerSecond > 0) {
		const msLeft = ((sizeBytes - savedBytes) / bytesPerSecond) * 1000;
		parts.push(formatRate(bytesPerSecond), `${formatSpan(roughly(msLeft))} left`);
	}
	if (into === 'downloads') parts.push('keep this page open');
	return parts.join(' · ');
}

/** Beyond a minute the seconds change too often to be read. */
function roughly(spanMs: number): number {
	const minuteMs = 60_000;
	return spanMs < minuteMs ? spanMs : Math.round(spanMs / minuteMs) * minuteMs;
}

function isPartlyThere({ into, savedBytes }: SaveRecord): boolean {
	return into === 'file' && savedBytes > 0;
}

function interruptedWords(record: SaveRecord, reason: ErrorCode): string {
	if (reason === 'cancelled') {
		if (record.into === 'downloads') return 'Cut off. Your browser cannot go on with a download.';
		return isPartlyThere(record) ? `Stopped at ${partSize(record)}` : 'Stopped at the beginning';
	}
	const words = reasonWords[reason] ?? 'Something went wrong on the way. Try once more.';
	return isPartlyThere(record) ? `${partSize(record)} · ${words}` : words;
}

const reasonWords: Partial<Record<ErrorCode, string>> = {
	'resource-exhausted': 'The disk is full. Make room, then resume.',
	unavailable: 'Whoever has it is away. Resume when they are back.',
	'timed-out': 'Whoever has it does not answer. Resume later.',
	'not-found': 'It is not there any more, or its file here was moved.',
	'permission-denied': 'The browser did not allow to write the file.',
	corrupt: 'The film was changed. Resume takes the new one.',
	unauthenticated: 'Whoever answered is not who made the link.',
};
