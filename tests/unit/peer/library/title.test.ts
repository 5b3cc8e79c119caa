import { describe, expect, it } from 'vitest';
import { parseTitle } from '../../../../peer/library/title.ts';

describe('parseTitle', () => {
	it.each([
		['Alien.mkv', { title: 'Alien' }],
		['Alien (1979).mkv', { title: 'Alien', year: 1979 }],
		['Alien.1979.1080p.BluRay.x264-GROUP.mkv', { title: 'Alien', year: 1979 }],
		['the_third_man_1949.avi', { title: 'the third man', year: 1949 }],
		['Films/Sci-Fi/Blade.Runner.1982.Final.Cut.mkv', { title: 'Blade Runner', year: 1982 }],
		['2001 A Space Odyssey (1968).mp4', { title: '2001 A Space Odyssey', year: 1968 }],
		['1917.mkv', { title: '1917' }],
		['1917.2019.2160p.mkv', { title: '1917', year: 2019 }],
		['Blade Runner 2049 (2017) [1080p].mkv', { title: 'Blade Runner 2049', year: 2017 }],
		['[Group] Akira (1988) [BD 1080p].mkv', { title: 'Akira', year: 1988 }],
		['The.Wire.S01E02.720p.HDTV.mkv', { title: 'The Wire', season: 1, episode: 2 }],
		['The Wire - s3e11 - Middle Ground.mkv', { title: 'The Wire', season: 3, episode: 11 }],
		['Fargo.2014.S02E10.mkv', { title: 'Fargo', year: 2014, season: 2, episode: 10 }],
		['Twin Peaks 1x03.avi', { title: 'Twin Peaks', season: 1, episode: 3 }],
		['Lost Season 2 Episode 7.mp4', { title: 'Lost', season: 2, episode: 7 }],
		['Amélie (2001).mkv', { title: 'Amélie', year: 2001 }],
		['千と千尋の神隠し.2001.mkv', { title: '千と千尋の神隠し', year: 2001 }],
		['Das.Boot.GERMAN.1981.DC.1080p.mkv', { title: 'Das Boot GERMAN', year: 1981 }],
		['WALL·E.mp4', { title: 'WALL·E' }],
		['Dr. Strangelove.mkv', { title: 'Dr. Strangelove' }],
		['Se7en.x265.10bit.AAC5.1.mkv', { title: 'Se7en' }],
		['Heat.1080p.mkv', { title: 'Heat' }],
		['1080p.mkv', { title: '1080p' }],
		['S01E01.mkv', { title: 'S01E01', season: 1, episode: 1 }],
		['.mkv', { title: 'mkv' }],
		['holiday video', { title: 'holiday video' }],
	])('%s', (path, expected) => {
		expect(parseTitle(path)).toEqual(expected);
	});

	it('is never longer than a title may be, nor empty', () => {
		expect(parseTitle(`${'x'.repeat(2_000)}.mkv`).title).toHaveLength(300);
		expect(parseTitle('[].mkv').title).not.toBe('');
		expect(parseTitle('-_-.mkv').title).not.toBe('');
	});
});
