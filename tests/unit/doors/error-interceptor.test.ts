import { Code, ConnectError } from '@connectrpc/connect';
import { expect, it } from 'vitest';
import { createErrorInterceptor } from '../../../doors/error-interceptor.ts';

it('createErrorInterceptor leaves refusals of Connect alone', async () => {
	const interceptor = createErrorInterceptor({ error: () => expect.unreachable() });
	const refusal = new ConnectError('bad envelope', Code.InvalidArgument);
	const call = interceptor(() => Promise.reject(refusal));
	const request = { method: { name: 'Search' }, signal: new AbortController().signal };
	await expect(call(request as never)).rejects.toBe(refusal);
});
