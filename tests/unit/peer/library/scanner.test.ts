import { describe, expect, it } from 'vitest';
import type { ListedFile } from '../../../../peer/ports.ts';
import { languageOfSideCar, matchSideCars, scanFolder } from '../../../../peer/library/scanner.ts';
import { leastCpuMs } from '../../../support/peer/cpu-time.ts';
import { createMemoryFolder } from '../../../support/peer/memory-folder.ts';

const includeExtensions = ['.mp4', '.mkv'];

function scan(
	folder: ReturnType<typeof createMemoryFolder>,
	signal = new AbortController().signal,
) {
	const counts: number[] = [];
	const listing = scanFolder({
		source: folder,
		includeExtensions,
		onFound: (count) => counts.push(count),
		signal,
	});
	return { listing, counts };
}

describe('scanFolder', () => {
	it('lists films at any depth, with a running count, and nothing else', async () => {
		const folder = createMemoryFolder('Films', {
			'Alien.MKV': '12345',
			'a/b/Brazil.mp4': '1',
			'notes.txt': '',
			'._Alien.mkv': 'left by a Mac',
			mkv: 'no extension',
		});
		const { listing, counts } = scan(folder);
		expect((await listing).map((film) => film.path)).toEqual(['Alien.MKV', 'a/b/Brazil.mp4']);
		expect((await listing)[0]).toMatchObject({ kind: 'file', sizeBytes: 5 });
		expect(counts).toEqual([1, 2]);
	});

	it('reports what cannot be read', async () => {
		const folder = createMemoryFolder('Films', { 'dark/Alien.mkv': '1', 'Brazil.mkv': '1' });
		folder.unreadable.add('dark');
		folder.unreadable.add('Locked.mkv');
		expect((await scan(folder).listing).filter((film) => film.kind === 'unreadable')).toEqual([
			{ kind: 'unreadable', path: 'dark', reason: 'permission-denied', isFilm: false },
			{ kind: 'unreadable', path: 'Locked.mkv', reason: 'permission-denied', isFilm: true },
		]);
	});

	it('stops when it is cancelled', async () => {
		const cancel = new AbortController();
		cancel.abort(new Error('enough'));
		await expect(
			scan(createMemoryFolder('Films', { 'a.mkv': '1' }), cancel.signal).listing,
		).rejects.toThrow('enough');
	});

	it('lists ten thousand films in well under two seconds', async () => {
		const folder = createMemoryFolder('Films');
		folder.list = async function* () {
			await Promise.resolve();
			for (let index = 0; index < 10_000; index += 1) {
				const path = `${String(index % 100)}/Film ${String(index)}.mkv`;
				yield { kind: 'file', path, sizeBytes: index, modifiedAtMs: 1 } satisfies ListedFile;
			}
		};
		expect(await scan(folder).listing).toHaveLength(10_000);
		expect(await leastCpuMs(() => scan(folder).listing)).toBeLessThan(1_000);
	});
});

describe('matchSideCars', () => {
	it('finds subtitles by name, language and qualifier', () => {
		const matched = matchSideCars(
			['a/Alien.mkv', 'a/Alien.1979.mkv', 'b/Alien.mkv'],
			[
				'a/Alien.srt',
				'a/Alien.en.forced.vtt',
				'a/Alien.1979.de.srt',
				'a/Aliens.srt',
				'c/Alien.srt',
			],
		);
		expect(Object.fromEntries(matched)).toEqual({
			'a/Alien.mkv': ['a/Alien.en.forced.vtt', 'a/Alien.srt'],
			'a/Alien.1979.mkv': ['a/Alien.1979.de.srt'],
		});
	});
});

describe('languageOfSideCar', () => {
	it.each([
		['Film.srt', ''],
		['Film.en.srt', 'en'],
		['Film.eng.srt', 'en'],
		['Film.pt-br.vtt', 'pt-BR'],
		['Film.sdh.en.srt', 'en'],
		['Film.forced.srt', ''],
	])('%s → %j', (sideCar, language) => {
		expect(languageOfSideCar('Film.mkv', sideCar)).toBe(language);
	});
});
