import { describe, expect, it } from 'vitest';
import type { SaveId, SaveRecord } from '../../../../peer/saves/save-ports.ts';
import { isTorrentFile, torrentFileView } from '../../../../web/lib/state/torrent-files.ts';

const file = { name: 'One.mkv', folder: 'Season 1', offsetBytes: 0, sizeBytes: 700_000_000 };

describe('a file of a torrent', () => {
	it('is a row with what can be done', () => {
		expect(torrentFileView(file, 3, 3, undefined)).toEqual({
			index: 3,
			name: 'One.mkv',
			folder: 'Season 1',
			size: '700 MB',
			canPlay: true,
			isPlaying: true,
		});
		expect(torrentFileView({ ...file, name: 'Notes.txt' }, 0, undefined, undefined).canPlay).toBe(
			false,
		);
		expect(torrentFileView({ ...file, name: '' }, 0, undefined, undefined).name).not.toBe('');
	});

	it('shows how far it is saved', () => {
		const record: SaveRecord = {
			saveId: 'save' as SaveId,
			of: { kind: 'torrent-file', magnet: 'magnet:?', fileIndex: 0 },
			...{ fileName: 'One.mkv', into: 'file', sizeBytes: 700_000_000 },
			...{ modifiedAtMs: 0, savedBytes: 0, startedAtMs: 0 },
		};
		const stage = { kind: 'saving', savedBytes: 12_000_000 } as const;
		const save = { record, stage, bytesPerSecond: 1_000_000, isWaiting: false };
		expect(torrentFileView(file, 0, undefined, save).save).toMatchObject({
			words: '12 MB of 700 MB · 1 MB/s · 11 min left',
			progress: { done: 12_000_000, total: 700_000_000 },
		});
	});
});

it('a .torrent is known by its name', () => {
	expect(isTorrentFile({ name: 'Film.TORRENT' })).toBe(true);
	expect(isTorrentFile({ name: 'Film.torrent.mp4' })).toBe(false);
});
