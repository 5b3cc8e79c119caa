import { describe, expect, it } from 'vitest';
import { createPosterHandler } from '../../../../edge-server/http/posters.ts';

const posterId = 'ab'.repeat(32);
const image = new Uint8Array([1, 2, 3]);
const asked: string[] = [];
const handle = createPosterHandler({
	get: async (id) => {
		asked.push(id);
		return id === posterId ? image : undefined;
	},
});
const get = (path: string, headers: Record<string, string> = {}) =>
	handle(new Request(`http://films.example${path}`, { headers }), { remoteAddress: '' });

describe('createPosterHandler', () => {
	it('serves a picture for good', async () => {
		const response = await get(`/api/posters/${posterId}`);
		expect(response.headers.get('content-type')).toBe('image/webp');
		expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
		expect(new Uint8Array(await response.arrayBuffer())).toEqual(image);
		const etag = response.headers.get('etag') ?? '';
		expect((await get(`/api/posters/${posterId}`, { 'if-none-match': etag })).status).toBe(304);
	});

	it('answers 404 for one that is not there', async () => {
		expect((await get(`/api/posters/${'cd'.repeat(32)}`)).status).toBe(404);
	});

	it.each(['', 'abc', `${posterId}/x`, `${posterId}.webp`, 'AB'.repeat(32), `..%2f${posterId}`])(
		'asks the store for no name like %j',
		async (name) => {
			asked.length = 0;
			expect((await get(`/api/posters/${name}`)).status).toBe(404);
			expect(asked).toEqual([]);
		},
	);
});
