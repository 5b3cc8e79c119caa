import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../../proto/errors.ts';
import {
	failedNotice,
	refusedNotice,
	searchingNotice,
	swarmRates,
	swarmStatus,
} from '../../../../web/lib/state/magnet-words.ts';

const progress = {
	peers: 0,
	downloadBytesPerSecond: 0,
	uploadBytesPerSecond: 0,
	trackers: 'asking',
} as const;

describe('what the magnet page says', () => {
	it.each(errorCodes)('has words and one next step for %s', (code) => {
		for (const notice of [
			refusedNotice('magnet', code),
			refusedNotice('file', code),
			failedNotice(code),
		]) {
			expect(notice.text).toMatch(/\.$/);
			expect(notice.action?.label).toBeTruthy();
		}
	});

	it('is patient with an ordinary beginning, and then says what is missing', () => {
		expect(searchingNotice(progress, 1000).title).toBe('Looking for others');
		expect(searchingNotice(progress, 1000).action).toBeUndefined();
		expect(searchingNotice(progress, 20_000).title).toBe('Nobody who has it is here yet');
		expect(searchingNotice({ ...progress, peers: 1 }, 20_000).title).toBe(
			'Waiting for the list of files',
		);
		expect(searchingNotice({ ...progress, trackers: 'unreachable' }, 0)).toMatchObject({
			title: 'The tracker cannot be reached',
			action: { kind: 'again' },
		});
	});

	it('counts others and leaves out rates that are only chatter', () => {
		expect(swarmStatus({ ...progress, peers: 1 }).words).toBe('Connected to 1 other');
		expect(swarmStatus({ ...progress, peers: 12 }).words).toBe('Connected to 12 others');
		expect(swarmStatus(progress).dot).toBe('waiting');
		const sources = (state: 'ready' | 'dropped') => [
			{
				from: { kind: 'http-seed', host: 'a.example' },
				totalBytes: 0,
				bytesPerSecond: 0,
				state,
			} as const,
		];
		expect(swarmStatus({ ...progress, sources: sources('ready') })).toMatchObject({
			...{ dot: 'direct', words: 'From an HTTP seed alone' },
		});
		expect(swarmStatus({ ...progress, sources: sources('dropped') }).dot).toBe('waiting');
		expect(swarmStatus({ ...progress, trackers: 'unreachable' }).words).toBe(
			'The tracker cannot be reached',
		);
		expect(
			swarmRates({ ...progress, downloadBytesPerSecond: 4_200_000, uploadBytesPerSecond: 80 }),
		).toBe('↓ 4.2 MB/s');
	});
});
