// What is done with the next announcement, for every way in which it may be out of step.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	judgeAnnouncement,
	noProgress,
	type Announcement,
	type CatalogProgress,
} from '../../../tracker/catalog-progress.ts';

const at = (completeSequence: number, appliedSequence = completeSequence, appliedPages = 0) => ({
	completeSequence,
	appliedSequence,
	appliedPages,
});
const page = (sequence: number, number: number, isLast = false): Announcement => ({
	sequence,
	isSnapshot: true,
	page: number,
	isLast,
});
const delta = (sequence: number): Announcement => ({
	sequence,
	isSnapshot: false,
	page: 0,
	isLast: true,
});
const applied = (progress: CatalogProgress, isGap = false, dropsOlder = false) => ({
	kind: 'apply',
	progress,
	isGap,
	dropsOlder,
});

describe('judgeAnnouncement', () => {
	it.each([
		['a whole snapshot', noProgress, page(1, 0, true), applied(at(1, 1, 1), false, true)],
		['a first page', at(4), page(5, 0), applied(at(4, 5, 1))],
		['the page after it', at(4, 5, 1), page(5, 1), applied(at(4, 5, 2))],
		['the last page', at(4, 5, 2), page(5, 2, true), applied(at(5, 5, 3), false, true)],
		['a page that came before', at(4, 5, 2), page(5, 0), applied(at(4, 5, 2))],
		[
			'a last page that came before',
			at(5, 5, 3),
			page(5, 2, true),
			applied(at(5, 5, 3), false, true),
		],
		['a page after a hole', at(4, 5, 1), page(5, 2, true), applied(at(4, 5, 1), true)],
		['a snapshot without its first page', at(4), page(5, 1, true), applied(at(4, 5, 0), true)],
		['a snapshot far ahead', at(4), page(50, 0, true), applied(at(50, 50, 1), false, true)],
		['the next delta', at(4), delta(5), applied(at(5))],
		['a delta that came before', at(5), delta(5), applied(at(5))],
		['a delta after a hole', at(4), delta(6), applied(at(4, 6), true)],
		['a delta after that one', at(4, 6), delta(7), applied(at(4, 7), true)],
		['a delta in the middle of a snapshot', at(4, 5, 1), delta(6), applied(at(4, 6), true)],
		['a snapshot after a hole', at(4, 7), page(8, 0, true), applied(at(8, 8, 1), false, true)],
		['an old delta', at(4), delta(3), { kind: 'ignore' }],
		['an old page', at(4), page(3, 0, true), { kind: 'ignore' }],
		['what was overtaken after a hole', at(4, 7), delta(6), { kind: 'ignore' }],
	])('judges %s', (_, before, next, verdict) => {
		expect(judgeAnnouncement(before, next)).toEqual(verdict);
	});

	it('never goes back, and never counts what is not applied as complete', () => {
		const announcement = fc.record({
			sequence: fc.integer({ min: 1, max: 8 }),
			isSnapshot: fc.boolean(),
			page: fc.integer({ min: 0, max: 3 }),
			isLast: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(announcement), (announcements) => {
				let before: CatalogProgress = noProgress;
				for (const next of announcements) {
					const verdict = judgeAnnouncement(before, next);
					if (verdict.kind === 'ignore') continue;
					const { progress } = verdict;
					expect(progress.appliedSequence).toBeGreaterThanOrEqual(before.appliedSequence);
					expect(progress.completeSequence).toBeGreaterThanOrEqual(before.completeSequence);
					expect(progress.completeSequence).toBeLessThanOrEqual(progress.appliedSequence);
					before = progress;
				}
			}),
		);
	});
});
