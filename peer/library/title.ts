// What a file name says about a film: title, year, season and episode, without the clutter that releases
// carry. A guess for people to read; nothing depends on it. Knows nothing of files.

export interface TitleFacts {
	/** Never empty; at most `maxTitleLength` characters. */
	readonly title: string;
	readonly year?: number;
	readonly season?: number;
	readonly episode?: number;
}

import { maxTitleLength } from '../../proto/limits.ts';

/** Words that begin the technical part of a release name. Compared whole, case ignored. */
const clutter =
	/^(?:\d{3,4}[pi]|[48]k|uhd|fhd|hdr(?:10)?(?:\+|plus)?|dv|dovi|sdr|10bit|8bit|hi10p?|x26[45]|h\.?26[45]|hevc|avc|av1|vp9|xvid|divx|mpeg[24]?|blu-?ray|bd-?rip|br-?rip|bdremux|remux|web-?dl|web-?rip|web|hdtv|pdtv|dvd-?rip|dvd(?:scr|[59])?|hd-?rip|cam-?rip|hdcam|hdts|telesync|screener|proper|repack|rerip|internal|limited|unrated|extended|uncut|imax|multi|dual(?:-?audio)?|dubbed|subbed|aac(?:\d.*)?|ac-?3|e-?ac-?3|ddp?(?:\d.*)?|dts(?:-?hd)?|truehd|atmos|flac|opus|mp3|[257]\.1|nf|amzn|dsnp|hmax|yify|yts|rarbg)$/i;

const earliestYear = 1888;
const latestYear = 2099;

/** Reads the last part of a path. */
export function parseTitle(path: string): TitleFacts {
	const fileName = path.slice(path.lastIndexOf('/') + 1);
	const stem = stemOf(fileName);
	const spaced = spell(stem);
	const episode = findEpisode(spaced);
	const head = episode ? spaced.slice(0, episode.index) : spaced;
	const year = findYear(head);
	const named = year ? head.slice(0, year.index) : head;
	const title =
		tidy(withoutClutter(named)) || tidy(withoutClutter(spaced)) || tidy(stem) || fileName;
	return {
		title: Array.from(title).slice(0, maxTitleLength).join(''),
		...(year && { year: year.value }),
		...(episode && { season: episode.season, episode: episode.episode }),
	};
}

/** A file name without its extension. A leading dot is part of the name. */
export function stemOf(fileName: string): string {
	const dot = fileName.lastIndexOf('.');
	return dot > 0 ? fileName.slice(0, dot) : fileName;
}

/** Dots and underscores as spaces where they stand for spaces: when the name has no real ones. Drops [groups]. */
function spell(stem: string): string {
	const isSpaced = /\s/.test(stem.replace(/^\s+|\s+$/g, ''));
	const words = isSpaced
		? stem.replace(/_/g, ' ')
		: // "5.1" and "h.264" stay whole, so that they are recognised as clutter.
			stem.replace(/_/g, ' ').replace(/(?<!\b[257h])\.|\.(?!1\b|26[45]\b)/gi, ' ');
	return words
		.normalize('NFC')
		.replace(/\[[^\]]*\]|\{[^}]*\}/g, ' ')
		.replace(/\s+/g, ' ')
		.trim();
}

function findEpisode(text: string): { index: number; season: number; episode: number } | undefined {
	const match =
		/(?<=^|[\s(-])s(\d{1,2})[\s.-]?e(\d{1,3})(?!\d)/i.exec(text) ??
		/(?<=^|[\s(-])(\d{1,2})x(\d{2,3})(?!\d)/i.exec(text) ??
		/(?<=^|[\s(-])season\s(\d{1,2})[\s,-]+episode\s(\d{1,3})(?!\d)/i.exec(text);
	if (!match) return undefined;
	return { index: match.index, season: Number(match[1]), episode: Number(match[2]) };
}

/** The last year that is not the first word: "2001 A Space Odyssey (1968)" came out in 1968, "1917" has none. */
function findYear(text: string): { index: number; value: number } | undefined {
	const years = [...text.matchAll(/(?<![\p{L}\p{N}])\(?(\d{4})\)?(?![\p{L}\p{N}])/gu)].filter(
		(match) => {
			const value = Number(match[1]);
			return match.index > 0 && value >= earliestYear && value <= latestYear;
		},
	);
	const inBrackets = years.filter((match) => match[0].startsWith('('));
	const last = inBrackets.at(-1) ?? years.at(-1);
	return last && { index: last.index, value: Number(last[1]) };
}

/** Everything before the first word that only a release would carry; the first word always stays. */
function withoutClutter(text: string): string {
	const words = text.split(' ');
	const end = words.findIndex(
		(word, position) =>
			position > 0 &&
			clutter.test(word.replace(/^[([]+|[)\]]+$/g, '').replace(/-[^-]*$/, '') || word),
	);
	return (end === -1 ? words : words.slice(0, end)).join(' ');
}

/** Takes separators and open brackets off the ends. */
function tidy(text: string): string {
	return text
		.replace(/\(\s*\)/g, ' ')
		.replace(/\s+/g, ' ')
		.replace(/^[\s\-–—_,(]+|[\s\-–—_,(]+$/g, '')
		.replace(/^\.+|(?<!\.)\.$/g, '')
		.trim();
}
