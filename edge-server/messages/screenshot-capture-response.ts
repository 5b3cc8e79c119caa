// A peer's answer to a screenshot request goes to whoever waits for it.
import type { ScreenshotCaptureResponse } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerContext } from './handlers.ts';

export function screenshotCaptureResponse(
	{ session, commands }: PeerContext,
	value: ScreenshotCaptureResponse,
): void {
	commands.answered(session, { case: 'screenshotCapture', value });
}
