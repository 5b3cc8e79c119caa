// Subtitles as the browser wants them: SubRip turned into WebVTT (https://www.w3.org/TR/webvtt1/), bytes
// turned into text whatever they were written in. Knows nothing of players.

/** Larger files are no subtitles. */
export const maxSubtitleBytes = 5 * 1024 * 1024;

export function isSubtitleName(fileName: string): boolean {
	return /\.(srt|vtt)$/i.test(fileName);
}

/** WebVTT of a subtitle file, or `undefined` when it holds not one cue. */
export function subtitlesToVtt(bytes: Uint8Array): string | undefined {
	const text = normalizeLines(decodeText(bytes));
	const vtt = /^WEBVTT(?=[\s]|$)/.test(text) ? text : srtToVtt(text);
	return vtt.includes('-->') ? vtt : undefined;
}

/**
 * SubRip to WebVTT: the comma in times becomes a point, cue numbers and everything that is no cue are left out, and the
 * markup WebVTT does not know (fonts, `{\an8}`) is taken away. Cues placed at the top (`{\an7}` to `{\an9}`) stay there.
 */
export function srtToVtt(text: string): string {
	const cues: string[] = [];
	for (const block of normalizeLines(text).split(/\n{2,}/)) {
		const lines = block.split('\n');
		const timing = lines.findIndex((line) => line.includes('-->'));
		const times = timing === -1 ? undefined : parseTiming(lines[timing] ?? '');
		if (!times) continue;
		const words = lines.slice(timing + 1).join('\n');
		const body = cleanMarkup(words).trim();
		if (body === '') continue;
		const settings = /\{\\an[789]\}/.test(words) ? ' line:0' : '';
		cues.push(`${times.from} --> ${times.to}${settings}\n${body}`);
	}
	return `WEBVTT\n\n${cues.join('\n\n')}\n`;
}

/** The language in a file's name: "Film.en.srt" → "en"; empty when it names none. */
export function languageOfFileName(fileName: string): string {
	const match = /\.([a-z]{2,3}(?:-[a-z]{2,4})?)(?:\.(?:forced|sdh|cc))?\.(?:srt|vtt)$/i.exec(
		fileName,
	);
	return match?.[1]?.toLowerCase() ?? '';
}

/** "English" for "en"; the file's own name when the language is unknown. */
export function subtitleLabel(language: string, fileName: string): string {
	if (language === '') return fileName.replace(/\.(srt|vtt)$/i, '');
	try {
		return new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language;
	} catch {
		// Not a language tag after all.
		return language;
	}
}

const timing =
	/^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})/;

function parseTiming(line: string): { from: string; to: string } | undefined {
	const match = timing.exec(line);
	if (!match) return undefined;
	const [, h1, m1 = '', s1 = '', f1 = '', h2, m2 = '', s2 = '', f2 = ''] = match;
	return { from: vttTime(h1, m1, s1, f1), to: vttTime(h2, m2, s2, f2) };
}

function vttTime(hours = '0', minutes: string, seconds: string, fraction: string): string {
	const two = (part: string) => part.padStart(2, '0');
	return `${two(hours)}:${two(minutes)}:${two(seconds)}.${fraction.padEnd(3, '0')}`;
}

/** WebVTT knows b, i, u; everything else in angle brackets or braces would be shown or swallow text. */
function cleanMarkup(words: string): string {
	return (
		words
			.replace(/\{\\[^}]*\}/g, '')
			.replace(/<(?!\/?[biu]>)[/!]?[a-z][^<>\n]*>/gi, '')
			.replace(
				/<(\/?)([biu])>/gi,
				(_, slash: string, tag: string) => `<${slash}${tag.toLowerCase()}>`,
			)
			.replace(/&(?!amp;|lt;|gt;|nbsp;)/g, '&amp;')
			// "I <3 you" is no tag.
			.replace(/<(?!\/?[biu]>)/g, '&lt;')
			.replaceAll('-->', '→')
	);
}

function normalizeLines(text: string): string {
	return text
		.replace(/^\uFEFF/, '')
		.replace(/\r\n?/g, '\n')
		.trim();
}

/** UTF-16 by its mark, else UTF-8, else the Windows code page old subtitles are written in. */
function decodeText(bytes: Uint8Array): string {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder('windows-1252').decode(bytes);
	}
}
