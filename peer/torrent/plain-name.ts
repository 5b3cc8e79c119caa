// Names from strangers as text that is safe to show: nothing that turns the reading direction, hides or breaks
// lines, and never longer than a line of a disk. Shown as text only; a file is saved under `fileNameOf`.
import { torrentLimits } from './torrent-limits.ts';

/** Control and format characters; the two joiners of emoji and of Persian stay. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

/** May be empty. */
export function plainName(text: string): string {
	const shown = text.toWellFormed().replace(unseen, '').trim();
	return shown.length <= torrentLimits.maxNameCharacters
		? shown
		: `${shown.slice(0, torrentLimits.maxNameCharacters - 1).toWellFormed()}…`;
}

/** A name every disk takes: no separators, nothing that Windows reserves, and not only dots. */
export function fileNameOf(name: string): string {
	const cleaned = plainName(name)
		.replace(/[<>:"/\\|?*]/g, '_')
		.replace(/^\.+|[. ]+$/g, '');
	return cleaned === '' ? 'file' : cleaned;
}
