// Answers calls that failed: every error leaves as one of our codes, and what is a defect is logged here,
// once, and leaves without its text.
import { ConnectError, type Interceptor } from '@connectrpc/connect';
import { GiggityflixError } from '../proto/errors.ts';

/** Where defects are written; the log of every program fits. */
export interface DefectLog {
	error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export function createErrorInterceptor(logger: DefectLog): Interceptor {
	const toConnectError = (caught: unknown, method: string, signal: AbortSignal): ConnectError => {
		// Connect's own refusals (a bad envelope, an unknown method) have their codes already.
		if (caught instanceof ConnectError) return caught;
		const error = GiggityflixError.from(caught);
		if (error.code === 'internal' && !signal.aborted) {
			logger.error('a call failed', { method, error: error.cause ?? error });
		}
		return error.toConnectError();
	};
	return (next) => async (request) => {
		const { name } = request.method;
		try {
			const response = await next(request);
			if (!response.stream) return response;
			const message = mapErrors(response.message, (error) =>
				toConnectError(error, name, request.signal),
			);
			return { ...response, message };
		} catch (error) {
			throw toConnectError(error, name, request.signal);
		}
	};
}

async function* mapErrors<Message>(
	messages: AsyncIterable<Message>,
	toError: (caught: unknown) => Error,
): AsyncGenerator<Message> {
	try {
		yield* messages;
	} catch (error) {
		throw toError(error);
	}
}
