// What the person may set about their peer: the defaults, and the rules that make any input fit. Knows
// nothing of where settings are kept or shown.
import { maxDisplayNameLength } from '../proto/limits.ts';
import { GiggityflixError } from '../proto/errors.ts';
import type { PeerSettings } from './library/library-item.ts';

export const defaultSettings: PeerSettings = {
	displayName: '',
	// What a person calls a film, plus WebM, which every browser plays.
	includeExtensions: ['.mp4', '.mkv', '.avi', '.mov', '.webm', '.m4v'],
	scanIntervalMinutes: 60,
	maxUploadKbps: 0,
	servesWatched: true,
	allowDelete: false,
	isHashingPaused: false,
};

const maxScanIntervalMinutes = 7 * 24 * 60;

/**
 * Settings with the changes made, tidied: names trimmed and cut, extensions lower-case with one dot and
 * without doubles. Throws `invalid-argument` for numbers that mean nothing and for an empty list of extensions.
 */
export function changeSettings(
	settings: PeerSettings,
	changes: Partial<PeerSettings>,
): PeerSettings {
	const merged = { ...settings, ...changes };
	return {
		displayName: Array.from(merged.displayName.trim()).slice(0, maxDisplayNameLength).join(''),
		includeExtensions: tidyExtensions(merged.includeExtensions),
		scanIntervalMinutes: wholeNumber(
			merged.scanIntervalMinutes,
			maxScanIntervalMinutes,
			'scan interval',
		),
		maxUploadKbps: wholeNumber(merged.maxUploadKbps, Number.MAX_SAFE_INTEGER, 'upload cap'),
		servesWatched: merged.servesWatched,
		allowDelete: merged.allowDelete,
		isHashingPaused: merged.isHashingPaused,
	};
}

function tidyExtensions(extensions: readonly string[]): string[] {
	const tidy = new Set<string>();
	for (const extension of extensions) {
		const name = extension.trim().toLowerCase().replace(/^\.+/, '');
		if (name === '') continue;
		if (!/^[\p{L}\p{N}]+$/u.test(name)) {
			throw new GiggityflixError(
				'invalid-argument',
				'a file extension has letters and digits only',
			);
		}
		tidy.add(`.${name}`);
	}
	if (tidy.size === 0) {
		throw new GiggityflixError('invalid-argument', 'at least one file extension is needed');
	}
	return [...tidy];
}

function wholeNumber(value: number, max: number, what: string): number {
	if (!Number.isFinite(value) || value < 0 || value > max) {
		throw new GiggityflixError('invalid-argument', `the ${what} is out of range`);
	}
	return Math.round(value);
}
