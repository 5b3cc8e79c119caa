// The frame around every command: do it, and say how it went. A failure is an answer, not an exception.
import type { Failure } from '../../../proto/gen/giggityflix/v1/errors_pb.js';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { EdgeStream } from '../edge-session.ts';

/** Runs `work` and replies with its result, or with the failure. Silent when the stream has ended meanwhile. */
export async function answerCommand(
	stream: EdgeStream,
	work: () => Promise<Parameters<EdgeStream['reply']>[0]>,
	failed: (failure: Failure) => Parameters<EdgeStream['reply']>[0],
): Promise<void> {
	let answer: Parameters<EdgeStream['reply']>[0];
	try {
		answer = await work();
	} catch (caught) {
		answer = failed(GiggityflixError.from(caught).toFailure());
	}
	if (!stream.signal.aborted) stream.reply(answer);
}
