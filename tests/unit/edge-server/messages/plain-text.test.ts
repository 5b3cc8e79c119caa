import { describe, expect, it } from 'vitest';
import { plainText } from '../../../../edge-server/messages/plain-text.ts';

describe('plainText', () => {
	it.each([
		['Amélie (2001)', 'Amélie (2001)'],
		['  padded  ', 'padded'],
		['two\r\nlines', 'two lines'],
		['nul\u0000byte', 'nul byte'],
		['evil\u202egpj.exe', 'evil gpj.exe'],
		['\ufeff\u2066x\u2069', 'x'],
		['<b>bold</b> ../../etc', '<b>bold</b> ../../etc'],
		['千と千尋の神隠し 🎬', '千と千尋の神隠し 🎬'],
	])('of %j is %j', (text, clean) => {
		expect(plainText(text, 'title', 100)).toBe(clean);
	});

	it('counts characters, not the units they are stored in', () => {
		expect(plainText('🎬🎬🎬', 'title', 3)).toBe('🎬🎬🎬');
		expect(() => plainText('🎬🎬🎬🎬', 'title', 3)).toThrow('longer than 3');
	});

	it('measures what is left', () => {
		expect(plainText(`${' '.repeat(50)}title`, 'title', 5)).toBe('title');
		expect(() => plainText('titles', 'title', 5)).toThrow('title is longer than 5 characters');
	});
});
