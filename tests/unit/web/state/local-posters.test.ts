// Object URLs of posters: made once, let go of in time.
import { describe, expect, it, vi } from 'vitest';
import { createLocalPosters } from '../../../../web/lib/state/local-posters.ts';
import { createDemoPeer, demoItem } from '../../../support/web/demo-peer.ts';

function world() {
	const revoked: string[] = [];
	let made = 0;
	const urls = {
		createObjectURL: () => `blob:${(made += 1)}`,
		revokeObjectURL: (url: string) => void revoked.push(url),
	};
	return { revoked, posters: createLocalPosters(createDemoPeer(), urls) };
}

const itemWithPoster = (posterId: string) =>
	demoItem('Salt', { poster: { kind: 'done', posterId } });

describe('posters of this device', () => {
	it('are made once', async () => {
		const { posters } = world();
		const urls = await Promise.all([
			posters.load(itemWithPoster('a')),
			posters.load(itemWithPoster('a')),
		]);
		expect(urls).toEqual(['blob:1', 'blob:1']);
	});

	it('are none before there is a picture', async () => {
		const { posters } = world();
		expect(await posters.load(demoItem('Salt', { poster: { kind: 'waiting' } }))).toBeUndefined();
	});

	it('are let go of, those unused for longest first', async () => {
		const { posters, revoked } = world();
		for (let index = 0; index < 400; index += 1) await posters.load(itemWithPoster(`p${index}`));
		await posters.load(itemWithPoster('p0'));
		await posters.load(itemWithPoster('one more'));
		await vi.waitFor(() => expect(revoked).toEqual(['blob:2']));
		posters.close();
		await vi.waitFor(() => expect(revoked).toHaveLength(401));
	});
});
