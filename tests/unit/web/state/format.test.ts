// How numbers read.
import { describe, expect, it } from 'vitest';
import {
	formatAgo,
	formatBytes,
	formatClock,
	formatEpisode,
	formatPlural,
	formatRate,
	formatResolution,
	formatSpan,
} from '../../../../web/lib/state/format.ts';

describe('sizes and rates', () => {
	it.each([
		[0, '0 bytes'],
		[1, '1 byte'],
		[999, '999 bytes'],
		[1_500, '1.5 kB'],
		[1_200_000_000, '1.2 GB'],
		[18_000_000_000, '18 GB'],
		[250_000_000, '250 MB'],
		[3_000_000_000_000_000, '3,000 TB'],
	])('%d bytes are "%s"', (bytes, words) => expect(formatBytes(bytes)).toBe(words));

	it('never shows a thousand of a unit', () => {
		expect(formatBytes(999_960)).toBe('1 MB');
		expect(formatBytes(999_400)).toBe('999 kB');
	});

	it('counts rates in seconds', () => expect(formatRate(4_200_000)).toBe('4.2 MB/s'));
});

describe('times', () => {
	it.each([
		[3_000, '0:03'],
		[2_762_000, '46:02'],
		[6_730_000, '1:52:10'],
		[-5, '0:00'],
	])('%d ms on a clock are "%s"', (ms, words) => expect(formatClock(ms)).toBe(words));

	it.each([
		[45_000, '45 s'],
		[80_000, '1 min 20 s'],
		[120_000, '2 min'],
		[7_500_000, '2 h 5 min'],
	])('%d ms in words are "%s"', (ms, words) => expect(formatSpan(ms)).toBe(words));

	it('says how long ago something was', () => {
		const now = Date.UTC(2026, 0, 20, 12);
		expect(formatAgo(now - 10_000, now)).toBe('just now');
		expect(formatAgo(now - 5 * 60_000, now)).toBe('5 minutes ago');
		expect(formatAgo(now - 3 * 3_600_000, now)).toBe('3 hours ago');
		expect(formatAgo(now - 26 * 3_600_000, now)).toBe('yesterday');
		expect(formatAgo(now - 15 * 86_400_000, now)).toBe('Jan 5, 2026');
	});
});

describe('pictures and episodes', () => {
	it.each([
		[1920, 1080, '1080p'],
		[1920, 800, '1080p'],
		[3840, 1600, '4K'],
		[7680, 4320, '8K'],
		[720, 576, '576p'],
		[1080, 1920, '1080p'],
		[160, 120, '120p'],
	])('%d × %d is called "%s"', (width, height, name) =>
		expect(formatResolution(width, height)).toBe(name),
	);

	it('numbers episodes', () => {
		expect(formatEpisode(1, 4)).toBe('S01 E04');
		expect(formatEpisode(undefined, 12)).toBe('E12');
		expect(formatEpisode(undefined, undefined)).toBe('');
	});

	it('knows one from many', () => {
		expect(formatPlural(1, 'film', 'films')).toBe('1 film');
		expect(formatPlural(1204, 'film', 'films')).toBe('1,204 films');
	});
});
