import { describe, expect, it } from 'vitest';
import { factsOfFfprobe } from '../../../../peer/library/ffprobe-facts.ts';

const video = { codec_type: 'video', codec_name: 'mpeg4', width: 720, height: 576 };
const audio = { codec_type: 'audio', codec_name: 'mp3' };
const printed = (streams: object[], format: object = { duration: '61.5' }) =>
	JSON.stringify({ streams, format });

describe('factsOfFfprobe', () => {
	it('reads length, size and codecs', () => {
		expect(factsOfFfprobe(printed([video, audio]), 'Old film.AVI')).toEqual({
			durationMs: 61_500,
			widthPx: 720,
			heightPx: 576,
			mimeType: 'video/x-msvideo',
			videoCodec: 'mp4v.20',
			audioCodec: 'mp4a.6B',
		});
	});

	it('stretches pixels that are not square', () => {
		const wide = { ...video, sample_aspect_ratio: '64:45' };

		expect(factsOfFfprobe(printed([wide]), 'a.avi')).toMatchObject({
			widthPx: 1024,
			heightPx: 576,
		});
		const unknown = { ...video, sample_aspect_ratio: '0:1' };
		expect(factsOfFfprobe(printed([unknown]), 'a.avi')).toMatchObject({ widthPx: 720 });
	});

	it('turns a film that was filmed on its side', () => {
		const turned = {
			...video,
			side_data_list: [{ side_data_type: 'Display Matrix', rotation: -90 }],
		};

		expect(factsOfFfprobe(printed([turned]), 'a.avi')).toMatchObject({
			widthPx: 576,
			heightPx: 720,
		});
	});

	it('does not take a cover for the film', () => {
		const cover = { ...video, codec_name: 'mjpeg', disposition: { attached_pic: 1 } };

		expect(factsOfFfprobe(printed([cover, audio]), 'a.avi')).toEqual({
			durationMs: 61_500,
			mimeType: 'video/x-msvideo',
			videoCodec: '',
			audioCodec: 'mp4a.6B',
		});
	});

	it.each([
		[{ codec_name: 'h264', profile: 'High', level: 31 }, 'avc1.64001F'],
		[{ codec_name: 'h264', profile: 'Constrained Baseline', level: 9 }, 'avc1.42E009'],
		[{ codec_name: 'h264', profile: 'Something New', level: 31 }, 'avc1'],
		[{ codec_name: 'hevc', profile: 'Main 10', level: 120 }, 'hvc1.2.4.L120.B0'],
		[{ codec_name: 'hevc' }, 'hvc1'],
		[{ codec_name: 'av1', profile: 'Main', level: 8 }, 'av01.0.08M.08'],
		[{ codec_name: 'vp9', profile: 'Profile 0', level: -99 }, 'vp9'],
	])('names the codec of %j as browsers do', (stream, videoCodec) => {
		const json = printed([{ codec_type: 'video', ...stream }]);
		expect(factsOfFfprobe(json, 'a.mp4')).toMatchObject({ videoCodec });
	});

	it('leaves out what is not known', () => {
		expect(
			factsOfFfprobe(printed([{ codec_type: 'video', codec_name: 'vp6f' }], {}), 'a.flv'),
		).toEqual({ mimeType: 'video/x-flv', videoCodec: 'vp6f', audioCodec: '' });
	});

	it.each([
		['no streams', printed([])],
		['only subtitles', printed([{ codec_type: 'subtitle', codec_name: 'subrip' }])],
		['an empty object', '{}'],
		['a shape that is none of ffprobe', '{"streams": 7}'],
		['no JSON', 'film: Invalid data found'],
		['nothing', ''],
	])('refuses %s as unsupported', (_, json) => {
		expect(() => factsOfFfprobe(json, 'a.avi')).toThrow(
			expect.objectContaining({ code: 'unsupported' }),
		);
	});
});
