import { describe, expect, it } from 'vitest';
import { createAnnouncementLog } from '../../../../edge-server/messages/announcements.ts';
import { maxOffersPerPeer } from '../../../../proto/limits.ts';
import { offerId } from '../../../support/offers.ts';

const page = (sequence: bigint, number: number, last = false) => ({ sequence, page: number, last });
const gap = expect.objectContaining({ code: 'invalid-argument' }) as Error;

describe('createAnnouncementLog', () => {
	it('follows pages in order, then deltas without a gap', () => {
		const log = createAnnouncementLog(0n);
		for (const next of [page(1n, 0), page(1n, 1), page(1n, 2, true)]) {
			expect(log.followsPage(next, [])).toBe(true);
			log.pageStored(next, []);
		}
		expect(log.lastSequence()).toBe(1n);
		for (const sequence of [2n, 3n]) {
			expect(log.followsDelta({ sequence }, [])).toBe(true);
			log.deltaStored({ sequence }, [], []);
		}
		expect(log.lastSequence()).toBe(3n);
	});

	it('goes on where the tracker has the peer', () => {
		const log = createAnnouncementLog(41n);
		expect(log.followsDelta({ sequence: 42n }, [])).toBe(true);
		expect(() => log.followsDelta({ sequence: 43n }, [])).toThrow(gap);
		expect(() => log.followsDelta({ sequence: 41n }, [])).toThrow(gap);
	});

	it('takes a snapshot under any higher number, since it replaces everything', () => {
		const log = createAnnouncementLog(5n);
		expect(log.followsPage(page(9n, 0), [])).toBe(true);
		expect(() => log.followsPage(page(5n, 0), [])).toThrow(gap);
	});

	it('does not move until a message is stored', () => {
		const log = createAnnouncementLog(0n);
		log.followsPage(page(1n, 0, true), []);
		expect(log.lastSequence()).toBe(0n);
		expect(() => log.followsPage(page(1n, 1), [])).toThrow(gap);
	});

	it('sees a missing page, a page of another snapshot, and a delta in between', () => {
		const log = createAnnouncementLog(0n);
		expect(() => log.followsPage(page(1n, 1), [])).toThrow(gap);
		log.pageStored(page(1n, 0), []);
		expect(() => log.followsPage(page(1n, 2), [])).toThrow(gap);
		expect(() => log.followsPage(page(2n, 1), [])).toThrow(gap);
		expect(() => log.followsDelta({ sequence: 1n }, [])).toThrow(gap);
	});

	it('ignores what is still on its way after a snapshot was asked for', () => {
		const log = createAnnouncementLog(3n);
		expect(log.lost()).toBe(1);
		expect(log.followsDelta({ sequence: 4n }, [])).toBe(false);
		expect(log.followsPage(page(4n, 7), [])).toBe(false);
		expect(log.followsPage(page(4n, 0), [])).toBe(true);
		expect(log.lost()).toBe(2);
		log.pageStored(page(4n, 0, true), []);
		expect(log.lost()).toBe(1);
	});

	it('lets a snapshot start again', () => {
		const log = createAnnouncementLog(0n);
		log.pageStored(page(1n, 0), [offerId(1)]);
		expect(log.followsPage(page(1n, 0), [offerId(2)])).toBe(true);
		log.pageStored(page(1n, 0, true), [offerId(2)]);
		expect(log.lastSequence()).toBe(1n);
	});

	it('holds at most so many offers of one peer', () => {
		const log = createAnnouncementLog(0n);
		// Five digits count here, so that all ids differ.
		const ids = Array.from({ length: maxOffersPerPeer }, (_, index) => {
			return `${offerId(Math.floor(index / 1_000)).slice(0, 3)}${offerId(index % 1_000)}`;
		});
		log.pageStored(page(1n, 0, true), ids);
		const tooMany = expect.objectContaining({ code: 'resource-exhausted' }) as Error;
		expect(log.followsDelta({ sequence: 2n }, [ids[0]!])).toBe(true);
		expect(() => log.followsDelta({ sequence: 2n }, ['zzzzzz'])).toThrow(tooMany);
		log.deltaStored({ sequence: 2n }, [], [ids[0]!]);
		expect(log.followsDelta({ sequence: 3n }, ['zzzzzz'])).toBe(true);
	});
});
