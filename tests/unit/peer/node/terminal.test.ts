import { beforeEach, describe, expect, it } from 'vitest';
import { createTerminal, type Terminal } from '../../../../peer/node/terminal.ts';

const erase = '\r\u001b[K';
let written: string[];
let terminal: Terminal;

beforeEach(() => {
	written = [];
	const screen = { columns: 20, write: (text: string) => written.push(text) };
	terminal = createTerminal(screen, () => '12:34:56');
});

describe('createTerminal', () => {
	it('replaces the line about now, when it is another one', () => {
		terminal.show('connecting');
		terminal.show('connecting');
		terminal.show('online');
		expect(written).toEqual([`${erase}connecting`, `${erase}online`]);
	});

	it('lets the log scroll above it', () => {
		terminal.show('online');
		terminal.log.warn('lost', { code: 'unavailable', count: 2, nothing: undefined });
		expect(written.at(-1)).toBe(
			`${erase}12:34:56 Warning: lost (code=unavailable, count=2)\nonline`,
		);
		terminal.log.info('back');
		expect(written.at(-1)).toBe(`${erase}12:34:56 back\nonline`);
	});

	it('never lets the line wrap', () => {
		terminal.show('a line of more than twenty columns');
		expect(written).toEqual([`${erase}a line of more tha…`]);
	});

	it('takes a terminal that does not know its width for one of eighty columns', () => {
		const unsized = createTerminal(
			{ columns: 0, write: (text: string) => written.push(text) },
			() => '',
		);
		unsized.show('a short line');
		unsized.show('x'.repeat(100));
		expect(written).toEqual([`${erase}a short line`, `${erase}${'x'.repeat(78)}…`]);
	});

	it('writes no control characters of others', () => {
		terminal.show('“\u001b[2Jfilm\u202e”');
		expect(written[0]?.slice(erase.length)).toBe('“ [2Jfilm ”');
	});

	it('takes the line away in the end', () => {
		terminal.close();
		expect(written).toEqual([]);
		terminal.show('online');
		terminal.close();
		expect(written.at(-1)).toBe(erase);
	});
});
