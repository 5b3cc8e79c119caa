// SubRip to WebVTT, and bytes in the encodings subtitles are found in.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	languageOfFileName,
	srtToVtt,
	subtitleLabel,
	subtitlesToVtt,
} from '../../../../web/lib/state/subtitles.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('SubRip', () => {
	it('becomes WebVTT', () => {
		const srt =
			'1\r\n00:00:01,500 --> 00:00:03,250\r\nHello.\r\nTwo lines.\r\n\r\n2\r\n01:02:03,4 --> 01:02:05,000\r\nBye.\r\n';
		expect(srtToVtt(srt)).toBe(
			'WEBVTT\n\n00:00:01.500 --> 00:00:03.250\nHello.\nTwo lines.\n\n01:02:03.400 --> 01:02:05.000\nBye.\n',
		);
	});

	it('keeps angle brackets that are no tags', () => {
		const srt = '1\n00:00:01,000 --> 00:00:02,000\nI <3 you & 1 < 2 > 0 <b>really</b>\n';
		expect(srtToVtt(srt)).toContain('\nI &lt;3 you &amp; 1 &lt; 2 > 0 <b>really</b>\n');
	});

	it('keeps bold, italic and underline and drops the markup WebVTT does not know', () => {
		const srt =
			'1\n00:00:01,000 --> 00:00:02,000\n<I>so</I> <font color="#fff">white</font> {\\b1}bold <x\n';
		expect(srtToVtt(srt)).toContain('\n<i>so</i> white bold &lt;x\n');
	});

	it('keeps cues at the top there', () => {
		const srt = '1\n00:00:01,000 --> 00:00:02,000\n{\\an8}Up here\n';
		expect(srtToVtt(srt)).toContain('00:00:02.000 line:0\nUp here');
	});

	it('leaves out what is no cue', () => {
		const srt =
			'rubbish\n\n2\nnot a time --> at all\nText\n\n3\n00:00:01,000 --> 00:00:02,000\n\n4\n00:00:03,000 --> 00:00:04,000\nKept\n';
		expect(srtToVtt(srt)).toBe('WEBVTT\n\n00:00:03.000 --> 00:00:04.000\nKept\n');
	});

	it('escapes what WebVTT would read as an entity or a time line', () => {
		const srt = '1\n00:00:01,000 --> 00:00:02,000\nTom & Jerry &amp; a --> b\n';
		expect(srtToVtt(srt)).toContain('Tom &amp; Jerry &amp; a → b');
	});

	it('has as many time lines as cues, whatever the text is', () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const vtt = srtToVtt(`1\n00:00:01,000 --> 00:00:02,000\n${text}x\n`);
				expect(vtt.startsWith('WEBVTT\n\n')).toBe(true);
				expect(vtt.split('\n').filter((line) => line.includes('-->')).length).toBeLessThanOrEqual(
					1,
				);
			}),
		);
	});
});

describe('a subtitle file', () => {
	it('is taken as it is when it is WebVTT', () => {
		const vtt = 'WEBVTT - title\n\n00:01.000 --> 00:02.000 align:start\nHi';
		expect(subtitlesToVtt(bytes(`\uFEFF${vtt}`))).toBe(vtt);
	});

	it('is read in UTF-8, UTF-16 and the old Windows code page', () => {
		const srt = '1\n00:00:01,000 --> 00:00:02,000\nÄrger\n';
		const units = Uint16Array.from({ length: srt.length }, (_, index) => srt.charCodeAt(index));
		const utf16 = new Uint8Array([0xff, 0xfe, ...new Uint8Array(units.buffer)]);
		const windows = Uint8Array.from(srt, (c) => c.charCodeAt(0));
		for (const file of [bytes(srt), utf16, windows])
			expect(subtitlesToVtt(file)).toContain('Ärger');
	});

	it('is none without a single cue', () => {
		expect(subtitlesToVtt(bytes('just a text'))).toBeUndefined();
		expect(subtitlesToVtt(new Uint8Array())).toBeUndefined();
	});

	it.each([
		['Film.en.srt', 'en', 'English'],
		['Film.pt-BR.forced.vtt', 'pt-br', 'Brazilian Portuguese'],
		['Film.srt', '', 'Film'],
	])('%s is labelled', (fileName, language, label) => {
		expect(languageOfFileName(fileName)).toBe(language);
		expect(subtitleLabel(language, fileName)).toBe(label);
	});
});
