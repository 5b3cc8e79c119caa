import { describe, expect, it } from 'vitest';
import { without } from '../../../../peer/library/without.ts';
import type { HashingState } from '../../../../peer/peer.ts';
import { hashingBadge, viewOfHashing } from '../../../../web/lib/state/hashing-view.ts';

const working: HashingState = {
	kind: 'working',
	hashedCount: 518,
	totalCount: 1204,
	bytesPerSecond: 212_000_000,
	msLeft: 38 * 60_000 + 20_000,
	shareByOffer: {},
};

describe('viewOfHashing', () => {
	it('says how far, how fast and how long', () => {
		expect(viewOfHashing(working)).toEqual({
			done: 518,
			total: 1204,
			words: '518 of 1,204 · 212 MB/s · 38 min left',
			isPaused: false,
		});
	});

	it.each([
		[45_000, '45 s left'],
		[3 * 3_600_000 + 5 * 60_000, '3 h 5 min left'],
	])('names %i ms so that it can be read', (msLeft, words) => {
		expect(viewOfHashing({ ...working, msLeft })?.words).toContain(words);
	});

	it('leaves out what is not known yet', () => {
		const begun = { ...without(working, 'msLeft'), bytesPerSecond: 0 };
		expect(viewOfHashing(begun)?.words).toBe('518 of 1,204');
	});

	it('says that it is paused', () => {
		const paused = viewOfHashing({ ...working, kind: 'paused' });
		expect(paused).toMatchObject({ words: '518 of 1,204 · paused', isPaused: true });
	});

	it('is not there when there is nothing to hash', () => {
		expect(viewOfHashing({ ...working, kind: 'idle' })).toBeUndefined();
	});
});

it('a badge never says a hundred before it is done', () => {
	expect([0, 0.614, 0.9999].map(hashingBadge)).toEqual([
		'Hashing 0 %',
		'Hashing 61 %',
		'Hashing 99 %',
	]);
});
