// The network wants pictures of a film. All of them travel in one message, so they share its size.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { ScreenshotCaptureRequest } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import { maxFrameBytes, maxPosterBytes } from '../../../proto/limits.ts';
import { posterWidthPx } from '../../library/enrich.ts';
import { answerCommand } from './answer-command.ts';
import type { EdgeMessageContext } from './context.ts';

const maxPictures = 16;
/** Of a frame, for what is around the pictures. */
const envelopeBytes = 4 * 1024;

export function screenshotCaptureRequest(
	{ stream, files, frameGrabber }: EdgeMessageContext,
	{ commandId, catalogId, atMs }: ScreenshotCaptureRequest,
): Promise<void> {
	return answerCommand(
		stream,
		async () => {
			if (atMs.length > maxPictures) {
				throw new GiggityflixError('invalid-argument', 'too many pictures at once');
			}
			const item = files.find(parseCatalogId(catalogId));
			const durationMs = item.probe.kind === 'done' ? (item.probe.facts.durationMs ?? 0) : 0;
			const wanted = atMs.length > 0 ? atMs.map(Number) : [Math.round(durationMs / 10)];
			const shareBytes = Math.floor((maxFrameBytes - envelopeBytes) / wanted.length);
			const frames = await frameGrabber.grab(await files.open(item), item.path, {
				atMs: wanted,
				maxWidthPx: posterWidthPx,
				maxBytes: Math.min(maxPosterBytes, shareBytes),
				signal: stream.signal,
			});
			const screenshots = frames.map((frame) => ({
				atMs: BigInt(Math.round(frame.atMs)),
				image: frame.image,
			}));
			return { case: 'screenshotCaptureResponse', value: { commandId, screenshots } };
		},
		(failure) => ({ case: 'screenshotCaptureResponse', value: { commandId, failure } }),
	);
}
