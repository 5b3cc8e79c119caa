// Takes pictures out of films with mediabunny and one VideoDecoder: a key frame needs no other frame, so
// each picture costs one packet, about 40 ms for 1080p, where exact times cost twenty times that. What
// the browser cannot decode is left to the other grabbers. Runs in any thread.
import { EncodedPacketSink, VideoSample, type InputVideoTrack } from 'mediabunny';
import type { FrameGrabber } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { encodePoster } from './encode-poster.ts';
import { withMediabunny } from './mediabunny-input.ts';

export function mediabunnyFrames(): FrameGrabber {
	return {
		grab: (file, _path, options) =>
			withMediabunny(file, options.signal, async (input) => {
				const track = await input.getPrimaryVideoTrack();
				if (track === null) throw new GiggityflixError('unsupported', 'the file has no pictures');
				return grabKeyFrames(track, options);
			}),
	};
}

async function grabKeyFrames(
	track: InputVideoTrack,
	options: Parameters<FrameGrabber['grab']>[2],
): ReturnType<FrameGrabber['grab']> {
	const decoder = await createKeyFrameDecoder(track);
	const sink = new EncodedPacketSink(track);
	const pictures: { atMs: number; image: Uint8Array<ArrayBuffer> }[] = [];
	try {
		for (const wantedMs of options.atMs) {
			options.signal.throwIfAborted();
			const packet =
				(await sink.getKeyPacket(wantedMs / 1000, { verifyKeyPackets: true })) ??
				(await sink.getFirstKeyPacket({ verifyKeyPackets: true }));
			if (packet === null) throw new GiggityflixError('corrupt', 'the film has no key frame');
			const sample = await decoder.decode(packet.toEncodedVideoChunk());
			const image = await posterOf(sample, options).finally(() => sample.close());
			pictures.push({ atMs: Math.max(0, Math.round(packet.timestamp * 1000)), image });
		}
		return pictures;
	} finally {
		decoder.close();
	}
}

/** Mediabunny draws with the track's rotation, flip and pixel shape taken into account. */
function posterOf(sample: VideoSample, limits: { maxWidthPx: number; maxBytes: number }) {
	return encodePoster({
		draw: (context, width, height) => sample.draw(context, 0, 0, width, height),
		widthPx: sample.displayWidth,
		heightPx: sample.displayHeight,
		maxWidthPx: limits.maxWidthPx,
		maxBytes: limits.maxBytes,
	});
}

/** A decoder that is given key frames only and hands each one back at once. */
async function createKeyFrameDecoder(track: InputVideoTrack) {
	const config = await track.getDecoderConfig();
	if (typeof VideoDecoder === 'undefined' || config === null || !(await track.canDecode())) {
		throw new GiggityflixError('unsupported', 'this browser does not decode the video');
	}
	const rotation = await track.getRotation();
	const flip = await track.getFlip();
	let onFrame: ((frame: VideoFrame) => void) | undefined;
	let failure: DOMException | undefined;
	const decoder = new VideoDecoder({
		output: (frame) => {
			if (onFrame === undefined) frame.close();
			else onFrame(frame);
			onFrame = undefined;
		},
		error: (error) => (failure = error),
	});
	decoder.configure(config);

	return {
		/** The caller closes the sample. */
		decode: async (chunk: EncodedVideoChunk): Promise<VideoSample> => {
			let decoded: VideoFrame | undefined;
			onFrame = (frame) => (decoded = frame);
			decoder.decode(chunk);
			// Without a flush a decoder keeps the frame back until it has seen the ones around it.
			await decoder.flush().catch((caught: unknown) => {
				throw new GiggityflixError('unsupported', 'the decoder gave up', {
					cause: failure ?? caught,
				});
			});
			if (decoded === undefined) {
				throw new GiggityflixError('unsupported', 'the decoder made no picture of a key frame');
			}
			return new VideoSample(decoded, { rotation, flip });
		},
		close: () => {
			if (decoder.state !== 'closed') decoder.close();
		},
	};
}
