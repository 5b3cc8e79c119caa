// Reads what `ffprobe -print_format json` prints. Pure; checks the shape, because it comes out of another
// program that read somebody's file. Codec names become RFC 6381 strings where a browser knows one.
import { z } from 'zod';
import { mimeTypeOf } from './mime-type.ts';
import type { ProbedFacts } from '../ports.ts';
import { GiggityflixError } from '../../proto/errors.ts';

const streamShape = z.object({
	codec_type: z.string().optional(),
	codec_name: z.string().optional(),
	profile: z.string().optional(),
	level: z.number().optional(),
	width: z.number().optional(),
	height: z.number().optional(),
	sample_aspect_ratio: z.string().optional(),
	side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
	disposition: z.object({ attached_pic: z.number().optional() }).optional(),
});
const outputShape = z.object({
	format: z.object({ duration: z.coerce.number().optional() }).optional(),
	streams: z.array(streamShape).default([]),
});

type Stream = z.infer<typeof streamShape>;

/** Throws `unsupported` when there is neither picture nor sound in it. The container is told by the extension of `path`. */
export function factsOfFfprobe(json: string, path: string): ProbedFacts {
	const output = outputShape.safeParse(parse(json));
	const streams = output.success ? output.data.streams : [];
	// A cover is a video stream to ffmpeg.
	const video = streams.find(
		(stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1,
	);
	const audio = streams.find((stream) => stream.codec_type === 'audio');
	if (video === undefined && audio === undefined) {
		throw new GiggityflixError('unsupported', 'ffprobe found neither picture nor sound');
	}
	const durationSeconds = output.data?.format?.duration ?? 0;
	return {
		...(durationSeconds > 0 && { durationMs: Math.round(durationSeconds * 1000) }),
		...(video !== undefined && displaySizeOf(video)),
		mimeType: mimeTypeOf(path),
		videoCodec: codecString(video),
		audioCodec: codecString(audio),
	};
}

function parse(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch (caught) {
		throw new GiggityflixError('unsupported', 'ffprobe printed no JSON', { cause: caught });
	}
}

/** As displayed: pixels that are not square stretched, a film on its side turned. */
function displaySizeOf(video: Stream): { widthPx?: number; heightPx?: number } {
	const { width, height } = video;
	if (width === undefined || height === undefined) return {};
	const [wide = 1, high = 1] = (video.sample_aspect_ratio ?? '1:1').split(':').map(Number);
	const stretched = wide > 0 && high > 0 ? Math.round((width * wide) / high) : width;
	const turn = video.side_data_list?.find((side) => side.rotation !== undefined)?.rotation ?? 0;
	return turn % 180 === 0
		? { widthPx: stretched, heightPx: height }
		: { widthPx: height, heightPx: stretched };
}

/** ffmpeg's name of a codec, in RFC 6381 form as far as the name alone tells; other names pass as they are. */
const codecStrings: Partial<Record<string, string>> = {
	h264: 'avc1',
	hevc: 'hvc1',
	// Main profile, level 4.0, 8 bits: a name without them is one no browser knows.
	av1: 'av01.0.08M.08',
	mpeg4: 'mp4v.20',
	aac: 'mp4a.40',
	mp3: 'mp4a.6B',
	ac3: 'ac-3',
	eac3: 'ec-3',
};

/** Profile and constraints in hexadecimal (ISO/IEC 14496-10 §7.4.2.1.1). */
const h264Profiles: Partial<Record<string, string>> = {
	Baseline: '4200',
	'Constrained Baseline': '42E0',
	Main: '4D00',
	High: '6400',
	'High 10': '6E00',
	'High 4:2:2': '7A00',
	'High 4:4:4 Predictive': 'F400',
};

/** Profile and what it is compatible with (ISO/IEC 14496-15 §E.3). */
const hevcProfiles: Partial<Record<string, string>> = { Main: '1.6', 'Main 10': '2.4' };

function codecString({ codec_name: name = '', profile = '', level = 0 }: Stream = {}): string {
	const h264Profile = h264Profiles[profile];
	if (name === 'h264' && h264Profile !== undefined && level > 0) {
		return `avc1.${h264Profile}${level.toString(16).toUpperCase().padStart(2, '0')}`;
	}
	const hevcProfile = hevcProfiles[profile];
	if (name === 'hevc' && hevcProfile !== undefined && level > 0) {
		return `hvc1.${hevcProfile}.L${level}.B0`;
	}
	return codecStrings[name] ?? name;
}
