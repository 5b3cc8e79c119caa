// Finds out what a film is with mediabunny: reads the index of the container, a few hundred kilobytes,
// and decodes nothing. What it cannot open is left to ffmpeg-media.ts. Runs in any thread.
import type { Input } from 'mediabunny';
import type { MediaProbe, ProbedFacts } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { withMediabunny } from './mediabunny-input.ts';

export function mediabunnyProbe(): MediaProbe {
	return {
		probe: (file, _path, signal) => withMediabunny(file, signal, factsOf),
	};
}

async function factsOf(input: Input): Promise<ProbedFacts> {
	const format = await input.getFormat();
	const video = await input.getPrimaryVideoTrack();
	const audio = await input.getPrimaryAudioTrack();
	if (video === null && audio === null) {
		// Half a download of an MP4 looks like this: its index was to come at the end.
		throw new GiggityflixError('unsupported', 'the file has neither picture nor sound');
	}
	// Some Matroska files do not say how long they are; then the last packet has to be looked for.
	const durationSeconds =
		(await input.getDurationFromMetadata()) ?? (await input.computeDuration());
	return {
		...(durationSeconds > 0 && { durationMs: Math.round(durationSeconds * 1000) }),
		...(video !== null && {
			widthPx: await video.getDisplayWidth(),
			heightPx: await video.getDisplayHeight(),
		}),
		mimeType: format.mimeType,
		videoCodec: (await video?.getCodecParameterString()) ?? '',
		audioCodec: (await audio?.getCodecParameterString()) ?? '',
	};
}
