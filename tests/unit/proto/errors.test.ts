// One error on every wire: each code goes out and comes back as itself, and what was meant for a log stays at home.
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { errorCodes, GiggityflixError } from '../../../proto/errors.ts';

describe.each(errorCodes)('the code %s', (code) => {
	const error = new GiggityflixError(code, 'the reason');

	it('survives a message, a call and a close', () => {
		expect(GiggityflixError.fromFailure(error.toFailure()).code).toBe(code);
		expect(GiggityflixError.from(error.toConnectError()).code).toBe(code);
		expect(GiggityflixError.codeOfClose(error.closeCode)).toBe(code);
	});

	it('closes a socket with a number that applications may use', () => {
		expect(error.closeCode).toBeGreaterThanOrEqual(4000);
		expect(error.closeCode).toBeLessThan(5000);
	});

	it('tells its reason, unless it is a defect of ours', () => {
		const told = code === 'internal' ? 'internal error' : 'the reason';
		expect(error.toFailure().message).toBe(told);
		expect(error.toConnectError().rawMessage).toBe(told);
	});
});

it('a reason is no longer on the wire than a reason may be', () => {
	const { message } = new GiggityflixError('corrupt', 'x'.repeat(10_000)).toFailure();
	expect(message).toHaveLength(500);
});

it('a close that is none of ours means nothing', () => {
	for (const closeCode of [1000, 1006, 4000, 4999])
		expect(GiggityflixError.codeOfClose(closeCode)).toBeUndefined();
});

describe('whatever is caught', () => {
	const systemError = (code: string) => Object.assign(new Error('failed'), { code });

	it.each([
		[new DOMException('', 'AbortError'), 'cancelled'],
		[new DOMException('', 'NotAllowedError'), 'permission-denied'],
		[new DOMException('', 'NotReadableError'), 'corrupt'],
		[new DOMException('', 'QuotaExceededError'), 'resource-exhausted'],
		[systemError('ENOENT'), 'not-found'],
		[systemError('ECONNREFUSED'), 'unavailable'],
		[systemError('ENOSPC'), 'resource-exhausted'],
		[systemError('EWHATEVER'), 'internal'],
		[new ConnectError('gone', Code.NotFound), 'not-found'],
		[new ConnectError('odd', Code.Unknown), 'internal'],
		[new TypeError('a defect'), 'internal'],
		['a string', 'internal'],
		[undefined, 'internal'],
	])('%s has one of our codes, and is kept as the cause', (caught, code) => {
		const error = GiggityflixError.from(caught);
		expect(error.code).toBe(code);
		expect(error.cause).toBe(caught);
	});

	it('is left alone when it is one of ours', () => {
		const error = new GiggityflixError('timed-out', 'late');
		expect(GiggityflixError.from(error)).toBe(error);
	});
});
