import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpSeedParts } from '../../../../peer/torrent/http-seed-parts.ts';

const single = {
	...{ name: 'Harbour Lights.mp4', isFolder: false },
	files: [{ name: 'Harbour Lights.mp4', folder: '', offsetBytes: 0, sizeBytes: 1000 }],
};
/** With padding between its files and after them. */
const folder = {
	...{ name: 'Show & Tell', isFolder: true },
	files: [
		{ name: 'One.mkv', folder: 'Season 1/Début', offsetBytes: 0, sizeBytes: 300 },
		{ name: 'Two #2?.mkv', folder: '', offsetBytes: 512, sizeBytes: 100 },
	],
};
const urlsOf = (seedUrl: string, torrent: typeof folder) =>
	httpSeedParts(seedUrl, torrent, { offsetBytes: 0, lengthBytes: 612 }).map(
		({ file }) => file?.url,
	);

describe('httpSeedParts', () => {
	it('finds a single file at the address, or in the folder it names', () => {
		const range = { offsetBytes: 10, lengthBytes: 20 };
		const partAt = (url: string) => [
			{ lengthBytes: 20, file: { url, offsetBytes: 10, sizeBytes: 1000 } },
		];
		expect(httpSeedParts('https://a.example/film?x=1', single, range)).toEqual(
			partAt('https://a.example/film?x=1'),
		);
		expect(httpSeedParts('https://a.example/films/', single, range)).toEqual(
			partAt('https://a.example/films/Harbour%20Lights.mp4'),
		);
	});

	it('finds several in a folder of the torrent’s name, every name escaped', () => {
		const urls = [
			'https://a.example/x/Show%20%26%20Tell/Season%201/D%C3%A9but/One.mkv',
			undefined,
			'https://a.example/x/Show%20%26%20Tell/Two%20%232%3F.mkv',
		];
		expect(urlsOf('https://a.example/x/', folder)).toEqual(urls);
		expect(urlsOf('https://a.example/x', folder)).toEqual(urls);
	});

	it('never leaves its folder', () => {
		const sly = { ...folder, files: [{ ...folder.files[0]!, folder: '../..' }] };
		expect(httpSeedParts('https://a.example/x/', sly, { offsetBytes: 0, lengthBytes: 1 })).toEqual([
			{ lengthBytes: 1, file: { url: undefined, offsetBytes: 0, sizeBytes: 300 } },
		]);
	});

	it('covers any range, in order, with zeros where there is no file', () => {
		const sizeBytes = 700;
		const bytes = fc.nat(sizeBytes);
		fc.assert(
			fc.property(bytes, bytes, (one, other) => {
				const offsetBytes = Math.min(one, other);
				const lengthBytes = Math.abs(one - other);
				let at = offsetBytes;
				for (const part of httpSeedParts('https://a.example/', folder, {
					offsetBytes,
					lengthBytes,
				})) {
					const file = folder.files.find(
						(known) => known.offsetBytes <= at && at < known.offsetBytes + known.sizeBytes,
					);
					expect(part.lengthBytes).toBeGreaterThan(0);
					expect(part.file?.offsetBytes).toBe(file && at - file.offsetBytes);
					at += part.lengthBytes;
				}
				expect(at).toBe(offsetBytes + lengthBytes);
			}),
		);
	});
});
