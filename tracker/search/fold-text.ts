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

/** "Amélie Łódź" becomes "amelie lodz". */
export function foldText(text: string): string {
	return text
		.toLowerCase()
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.replace(/[ßæœøđðþłħŋı]/g, (letter) => undecomposed[letter] ?? letter);
}

/** The different words of a text, folded; letters and digits make words, everything else parts them. */
export function wordsOf(text: string): Set<string> {
	return new Set(foldText(text).match(/[\p{L}\p{N}]+/gu));
}
