import { describe, expect, it } from 'vitest';
import { jsonResponse } from '../../../../edge-server/http/problem.ts';
import { createRouter, type Route } from '../../../../edge-server/http/router.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';

const context = { remoteAddress: '192.0.2.1' };

function start() {
	const answers: [string, number][] = [];
	const logged: string[] = [];
	const route = (name: string, path: string, handle?: Route['handle']): Route => ({
		name,
		path,
		methods: ['GET'],
		handle: handle ?? (async () => jsonResponse(200, { name })),
	});
	const router = createRouter({
		routes: [
			route('one', '/one'),
			route('below', '/below/'),
			route('refuses', '/refuses', () =>
				Promise.reject(new GiggityflixError('resource-exhausted', 'too often')),
			),
			route('breaks', '/breaks', () => Promise.reject(new Error('a secret of the server'))),
		],
		fallback: route('fallback', '/'),
		logger: {
			info: () => undefined,
			warn: () => undefined,
			error: (message) => logged.push(message),
		},
		clock: { monotonicMs: () => 0 },
		onAnswer: (name, status) => answers.push([name, status]),
	});
	const ask = (path: string, method = 'GET') =>
		router(new Request(`http://films.example${path}`, { method }), context);
	return { ask, answers, logged };
}

describe('createRouter', () => {
	it.each([
		['/one', 'one'],
		['/one?x=1', 'one'],
		['/one/', 'fallback'],
		['/below/it', 'below'],
		['/below', 'fallback'],
		['/', 'fallback'],
	])('leads %s to %s', async (path, name) => {
		const { ask, answers } = start();
		expect(await (await ask(path)).json()).toEqual({ name });
		expect(answers).toEqual([[name, 200]]);
	});

	it('refuses other methods and says which there are; HEAD comes with GET', async () => {
		const { ask } = start();
		const response = await ask('/one', 'POST');
		expect(response.status).toBe(405);
		expect(response.headers.get('allow')).toBe('GET');
		expect((await ask('/one', 'HEAD')).status).toBe(200);
	});

	it('answers what a handler refuses with its code', async () => {
		const { ask, logged } = start();
		const response = await ask('/refuses');
		expect(response.status).toBe(429);
		expect(await response.json()).toEqual({ code: 'resource-exhausted', message: 'too often' });
		expect(logged).toEqual([]);
	});

	it('keeps the text of a defect at home and logs it', async () => {
		const { ask, logged, answers } = start();
		const response = await ask('/breaks');
		expect(response.status).toBe(500);
		expect(await response.json()).toEqual({ code: 'internal', message: 'internal error' });
		expect(logged).toEqual(['a request failed']);
		expect(answers).toEqual([['breaks', 500]]);
	});
});
