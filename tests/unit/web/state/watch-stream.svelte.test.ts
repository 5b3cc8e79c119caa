// An address is released whatever became of its source.
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { WatchStream } from '../../../../web/lib/state/watch-stream.svelte.ts';

const source = (): ByteSource => ({
	open: () => Promise.reject(new Error('not opened here')),
	read: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error()) }) }),
	close: () => undefined,
});

function world() {
	const made: PromiseWithResolvers<string>[] = [];
	const released: string[] = [];
	const stream = new WatchStream({
		urlFor() {
			const next = Promise.withResolvers<string>();
			made.push(next);
			return next.promise;
		},
		save: () => undefined,
		release: (url) => void released.push(url),
	});
	return { made, released, stream };
}

describe('the address of a film', () => {
	it('is there once it is made, until the film is closed', async () => {
		const { made, released, stream } = world();
		const opening = stream.open(source(), 'film.mp4');
		expect(stream.url).toBeUndefined();
		made[0]?.resolve('/stream/1');
		await opening;
		expect(stream.url).toBe('/stream/1');
		stream.close();
		stream.close();
		expect(stream.url).toBeUndefined();
		expect(released).toEqual(['/stream/1']);
	});

	it('is released when it comes after the film was closed', async () => {
		const { made, released, stream } = world();
		const opening = stream.open(source(), 'film.mp4');
		stream.close();
		made[0]?.resolve('/stream/1');
		await opening;
		expect(stream.url).toBeUndefined();
		expect(released).toEqual(['/stream/1']);
	});

	it('is that of the last source, whichever is made first', async () => {
		const { made, released, stream } = world();
		const first = stream.open(source(), 'film.mp4');
		stream.close();
		const second = stream.open(source(), 'film.mp4');
		made[1]?.resolve('/stream/2');
		await second;
		made[0]?.resolve('/stream/1');
		await first;
		expect(stream.url).toBe('/stream/2');
		expect(released).toEqual(['/stream/1']);
	});

	it('cannot be made without a service worker', async () => {
		const { made, stream } = world();
		const opening = stream.open(source(), 'film.mp4');
		made[0]?.reject(new GiggityflixError('unsupported', 'no service worker'));
		await opening;
		expect(stream.isUnsupported).toBe(true);
		expect(stream.url).toBeUndefined();
	});
});
