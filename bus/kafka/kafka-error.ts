// Turns what kafkajs throws into the project's one error. Nearly everything is a broker that does not answer,
// answers for another, or is not ready; the exceptions are named here.
import kafkajs from 'kafkajs';
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';

/** By the broker's own name of the error. */
const protocolCodes: Partial<Record<string, ErrorCode>> = {
	MESSAGE_TOO_LARGE: 'resource-exhausted',
	RECORD_LIST_TOO_LARGE: 'resource-exhausted',
	INVALID_TOPIC_EXCEPTION: 'invalid-argument',
	TOPIC_AUTHORIZATION_FAILED: 'permission-denied',
	GROUP_AUTHORIZATION_FAILED: 'permission-denied',
	CLUSTER_AUTHORIZATION_FAILED: 'permission-denied',
	SASL_AUTHENTICATION_FAILED: 'unauthenticated',
};

/** `doing` says what was tried, for the log. */
export function fromKafkaError(caught: unknown, doing: string): GiggityflixError {
	if (caught instanceof GiggityflixError) return caught;
	const message = `${doing}: ${caught instanceof Error ? caught.message : String(caught)}`;
	return new GiggityflixError(codeOf(caught), message, { cause: caught });
}

/** Whether the same request can succeed later. */
export function isTransient(error: GiggityflixError): boolean {
	return error.code === 'unavailable';
}

function codeOf(caught: unknown): ErrorCode {
	if (caught instanceof kafkajs.KafkaJSAggregateError) return codeOf(caught.errors[0]);
	const own =
		caught instanceof kafkajs.KafkaJSProtocolError ? protocolCodes[caught.type] : undefined;
	if (own !== undefined) return own;
	// Retries that ran out carry the last error as their cause.
	const cause = caught instanceof kafkajs.KafkaJSError ? caught.cause : undefined;
	return cause === undefined ? 'unavailable' : codeOf(cause);
}
