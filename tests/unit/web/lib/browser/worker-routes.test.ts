import { describe, expect, test } from 'vitest';
import { createWorkerRouter } from '../../../../../web/lib/browser/worker-routes.ts';

const origin = 'https://films.example';
const files = ['/_app/immutable/start.js', '/_app/ffmpeg-core.js', '/_app/a.wasm', '/icon.png'];
const router = createWorkerRouter(origin, files);

function route(path: string, options: { method?: string; isNavigation?: boolean } = {}) {
	const { method = 'GET', isNavigation = false } = options;
	return router.route({ url: new URL(path, origin), method, isNavigation });
}

test('every page of the app is the shell', () => {
	for (const path of ['/', '/library', '/watch/abc?k=1', '/settings']) {
		expect(route(path, { isNavigation: true })).toBe('shell');
	}
});

test('the build is kept, large parts of it when they are first wanted', () => {
	expect(router.precached).toEqual(['/', '/_app/immutable/start.js', '/icon.png']);
	expect(route('/icon.png')).toBe('precached');
	expect(route('/_app/ffmpeg-core.js')).toBe('kept-when-used');
	expect(route('/_app/a.wasm')).toBe('kept-when-used');
});

test('streams are answered, however they are asked for', () => {
	expect(route('/stream/abc/film.mp4')).toBe('stream');
	expect(route('/stream/abc/film.mp4?download', { isNavigation: true })).toBe('stream');
	expect(route('/stream/abc/film.mp4', { method: 'HEAD' })).toBe('stream');
});

describe('the network alone answers', () => {
	test.each([
		'/api/operator/commands',
		'/ws',
		'/announce',
		'/healthz',
		'/readyz',
		'/metrics',
		'/giggityflix.v1.CatalogService/Search',
	])('%s', (path) => {
		expect(route(path)).toBe('pass');
		expect(route(path, { isNavigation: true })).toBe('pass');
	});

	test('what is posted, what is elsewhere and what is unknown', () => {
		expect(route('/icon.png', { method: 'POST' })).toBe('pass');
		expect(route('https://elsewhere.example/icon.png')).toBe('pass');
		expect(route('/unknown.js')).toBe('pass');
	});

	test('pages whose names only begin like one of the server', () => {
		expect(route('/apisomething', { isNavigation: true })).toBe('shell');
	});
});

test('without a build only streams are answered', () => {
	const bare = createWorkerRouter(origin, []);
	const ask = (path: string) =>
		bare.route({ url: new URL(path, origin), method: 'GET', isNavigation: true });
	expect(bare.precached).toEqual([]);
	expect(ask('/')).toBe('pass');
	expect(ask('/stream/abc/film.mp4')).toBe('stream');
});
