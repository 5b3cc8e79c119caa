import { describe, expect, it } from 'vitest';
import { fileNameOf, plainName } from '../../../../peer/torrent/plain-name.ts';

describe('plainName', () => {
	it.each([
		['Harbour Lights.mp4', 'Harbour Lights.mp4'],
		['  a\u0000b\r\nc\u2028 ', 'abc'],
		['\u202e\u2066x\u2069', 'x'],
		['\ufeff\u200b', ''],
		['👨\u200d👩\u200d👧', '👨\u200d👩\u200d👧'],
		['\ud800', '\ufffd'],
	])('shows %j as %j', (text, shown) => {
		expect(plainName(text)).toBe(shown);
	});

	it('cuts a long name without cutting a character', () => {
		const shown = plainName('😀'.repeat(200));
		expect(shown.length).toBeLessThanOrEqual(255);
		expect(shown.isWellFormed()).toBe(true);
	});
});

describe('fileNameOf', () => {
	it.each([
		['../../etc/passwd', '_.._etc_passwd'],
		['C:\\film?.mp4', 'C__film_.mp4'],
		['..', 'file'],
		['', 'file'],
		['film. ', 'film'],
	])('saves %j as %j', (name, saved) => {
		expect(fileNameOf(name)).toBe(saved);
	});
});
