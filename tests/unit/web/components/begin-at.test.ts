import { describe, expect, test } from 'vitest';
import { beginAt } from '../../../../web/lib/components/begin-at.ts';

/** Remembers the seeks it was sent on. */
function createMedia(duration: number) {
	const seeks: number[] = [];
	const media = {
		duration,
		get currentTime() {
			return seeks.at(-1) ?? 0;
		},
		set currentTime(seconds) {
			seeks.push(seconds);
		},
	};
	return { media, seeks };
}

describe('a player that knows its film', () => {
	test('goes where it was left', () => {
		const { media, seeks } = createMedia(3600);
		beginAt(media, 1200);
		expect(seeks).toEqual([1200]);
	});

	test.each([
		['at the beginning', 0],
		['behind the end of a film that has become shorter', 4000],
	])('is sent nowhere %s', (_, seconds) => {
		const { media, seeks } = createMedia(3600);
		beginAt(media, seconds);
		expect(seeks).toEqual([]);
	});
});
