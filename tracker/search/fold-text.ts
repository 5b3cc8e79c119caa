// Text as search compares it: without case, without diacritics, cut into words. Pure, and the same for what
// is indexed and what is asked for.

/** Letters that carry a stroke or are joined, which Unicode does not take apart (NFKD leaves them whole). */
const undecomposed: Readonly<Record<string, string>> = {
	ß: 'ss',
	æ: 'ae',
	œ: 'oe',
	ø: 'o',
	đ: 'd',
	ð: 'd',
	þ: 'th',
	ł: 'l',
	ħ: 'h',
	ŋ: 'n',
	ı: 'i',
};

const ascii = /^\p{ASCII}*$/u;

/** "Amélie Łódź" becomes "amelie lodz". */
export function foldText(text: string): string {
	const lowerCase = text.toLowerCase();
	// Most titles; the rest costs four times as much, and every entry of a catalog comes by here.
	if (ascii.test(lowerCase)) return lowerCase;
	return lowerCase
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.replace(/[ßæœøđðþłħŋı]/g, (letter) => undecomposed[letter] ?? letter);
}

/** The different words of a text, folded; letters and digits make words, everything else parts them. */
export function wordsOf(text: string): Set<string> {
	return new Set(foldText(text).match(/[\p{L}\p{N}]+/gu));
}
