// Text as search compares it.
import { describe, expect, it } from 'vitest';
import { foldText, wordsOf } from '../../../../tracker/search/fold-text.ts';

describe('foldText', () => {
	it.each([
		['Amélie', 'amelie'],
		['ÅNGSTRÖM', 'angstrom'],
		['İstanbul ılık', 'istanbul ilik'],
		['Łódź', 'lodz'],
		['Straße', 'strasse'],
		['Smørrebrød Æon œuvre', 'smorrebrod aeon oeuvre'],
		['ﬁlm ２', 'film 2'],
		['千と千尋の神隠し', '千と千尋の神隠し'],
		['Сталкер', 'сталкер'],
	])('folds %s to %s', (text, folded) => {
		expect(foldText(text)).toBe(folded);
	});

	it('folds composed and decomposed letters alike', () => {
		expect(foldText('é'.normalize('NFD'))).toBe(foldText('é'.normalize('NFC')));
	});
});

describe('wordsOf', () => {
	it('cuts at everything that is neither letter nor digit, and names each word once', () => {
		const words = wordsOf('The.Good, the Bad_& the-Ugly (1966) <b>x</b>');
		expect([...words]).toEqual(['the', 'good', 'bad', 'ugly', '1966', 'b', 'x']);
	});

	it('finds no words in what has none', () => {
		expect([...wordsOf(' -- … ')]).toEqual([]);
	});
});
