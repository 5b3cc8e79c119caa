// Serves posters by the SHA-256 of their bytes. A picture under such a name never changes, so it is cached
// for good; it came from a stranger, so it is served as a picture and as nothing else.
import type { PosterStore } from '../ports.ts';
import type { FetchHandler } from '../transport/listener.ts';
import { notFound } from './problem.ts';

export const postersPath = '/api/posters/';

export function createPosterHandler(posters: Pick<PosterStore, 'get'>): FetchHandler {
	return async (request) => {
		const posterId = new URL(request.url).pathname.slice(postersPath.length);
		if (!/^[0-9a-f]{64}$/.test(posterId)) return notFound();
		const etag = `"${posterId}"`;
		const headers = {
			'content-type': 'image/webp',
			'cache-control': 'public, max-age=31536000, immutable',
			etag,
		};
		if (request.headers.get('if-none-match') === etag) {
			return new Response(null, { status: 304, headers });
		}
		const image = await posters.get(posterId);
		if (image === undefined) return notFound();
		return new Response(new Uint8Array(image), {
			headers: { ...headers, 'content-length': String(image.length) },
		});
	};
}
