import { describe, expect, it } from 'vitest';
import { currentLogFields } from '../../../../bus/log-context.ts';
import { withRequestId } from '../../../../edge-server/http/request-ids.ts';

const context = { remoteAddress: '192.0.2.1' };

async function ask(given?: string) {
	const seen: unknown[] = [];
	const handle = withRequestId(
		async (request) => {
			await Promise.resolve();
			seen.push(request.headers.get('x-request-id'), currentLogFields().requestId);
			return new Response('done');
		},
		(target) => void target.fill(9),
	);
	const headers = given === undefined ? {} : { 'x-request-id': given };
	const response = await handle(new Request('http://films.example/', { headers }), context);
	return { seen, answered: response.headers.get('x-request-id') };
}

describe('withRequestId', () => {
	it('takes the id of the caller, binds it for the log, hands it on and answers it', async () => {
		const { seen, answered } = await ask('proxy-4711');
		expect(answered).toBe('proxy-4711');
		expect(seen).toEqual(['proxy-4711', 'proxy-4711']);
	});

	it.each([undefined, '', 'short', 'a b c d e f g', '<script>alert(1)</script>', 'x'.repeat(65)])(
		'makes one instead of %j',
		async (given) => {
			const { seen, answered } = await ask(given);
			expect(answered).toMatch(/^[a-z2-7]{26}$/);
			expect(seen).toEqual([answered, answered]);
		},
	);
});
