// kafkajs' errors as the project's codes, also from inside of those that wrap others.
import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { fromKafkaError, isTransient } from '../../../../bus/kafka/kafka-error.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';

function protocolError(type: string): Error {
	return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1 }));
}

describe('fromKafkaError', () => {
	it.each([
		['MESSAGE_TOO_LARGE', 'resource-exhausted'],
		['TOPIC_AUTHORIZATION_FAILED', 'permission-denied'],
		['INVALID_TOPIC_EXCEPTION', 'invalid-argument'],
		['NOT_LEADER_FOR_PARTITION', 'unavailable'],
	])('reads %s as %s', (type, code) => {
		const error = fromKafkaError(protocolError(type), 'it failed');
		expect(error).toMatchObject({ code, message: `it failed: ${type}` });
		expect(isTransient(error)).toBe(code === 'unavailable');
	});

	it('looks into what gave up after retries, and into several errors at once', () => {
		const cause = protocolError('GROUP_AUTHORIZATION_FAILED');
		const metadata = { retryCount: 3, retryTime: 100, cause };
		const gaveUp = new kafkajs.KafkaJSNumberOfRetriesExceeded(cause, metadata);
		expect(fromKafkaError(gaveUp, '').code).toBe('permission-denied');
		const several = new kafkajs.KafkaJSAggregateError('several', [cause]);
		expect(fromKafkaError(several, '').code).toBe('permission-denied');
	});

	it('takes everything else for a broker that does not answer, and leaves our own errors alone', () => {
		expect(fromKafkaError(new Error('ECONNREFUSED'), 'x').code).toBe('unavailable');
		expect(fromKafkaError('text', 'x').code).toBe('unavailable');
		const own = new GiggityflixError('corrupt', 'ours');
		expect(fromKafkaError(own, 'x')).toBe(own);
	});
});
