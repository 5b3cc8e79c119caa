// Browsers slow the timers of a tab nobody looks at down to one a minute. Headless pages are never hidden, so their
// timers are taken away altogether: films go out all the same.
import { expect } from '@playwright/test';
import { shareFilm, test } from '../support/browser-people.ts';
import { longFilmSeconds, putFilms } from '../support/media.ts';
import { expectPlaying, positionOf, seekTo } from '../support/video-pixels.ts';

test('an owner whose timers stand still takes viewers and serves them', async ({
	people,
	folder,
}) => {
	await putFilms(folder, { 'Long Way Home.mp4': 'mp4-long' });
	const { owner, link } = await shareFilm(people, folder, 'Long Way Home');
	await owner.page.evaluate(() => {
		const never = () => 0;
		Object.assign(globalThis, { setTimeout: never, setInterval: never });
		Object.assign(globalThis, { requestAnimationFrame: never, requestIdleCallback: never });
	});

	const viewer = await people.arrive({}, link);
	await expectPlaying(viewer.page);
	await seekTo(viewer.page, longFilmSeconds - 20);
	await expectPlaying(viewer.page);
	expect(await positionOf(viewer.page)).toBeGreaterThanOrEqual(longFilmSeconds - 20);
});
