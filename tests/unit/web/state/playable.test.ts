// Which films this browser is said to play.
import { describe, expect, it } from 'vitest';
import { isPlayable, isSilent } from '../../../../web/lib/state/playable.ts';

/** A browser that knows H.264, AAC and VP9, and denies Matroska as Chromium does. */
const canPlayType = (type: string) =>
	/^video\/(mp4|webm); codecs="(avc1|mp4a|vp09)[^"]*"$/.test(type) ? 'probably' : '';
const film = (mimeType: string, videoCodec: string) => ({ mimeType, videoCodec, audioCodec: '' });

describe('a film', () => {
	it.each([
		['video/mp4', 'avc1.640028', true],
		['video/x-matroska', 'avc1.640028', true],
		['video/webm', 'vp09.00.10.08', true],
		['video/mp4', 'hvc1.1.6.L93.B0', false],
		['video/x-msvideo', 'avc1.640028', false],
		['audio/mpeg', '', true],
	])('in %s with %s: %s', (mimeType, codec, expected) => {
		expect(isPlayable(film(mimeType, codec), canPlayType)).toBe(expected);
	});

	it('is silent when its sound is not known', () => {
		expect(isSilent('ac-3', canPlayType)).toBe(true);
		expect(isSilent('mp4a.40.2', canPlayType)).toBe(false);
		expect(isSilent('', canPlayType)).toBe(false);
	});
});
