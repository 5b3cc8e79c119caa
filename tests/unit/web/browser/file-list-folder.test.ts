import { describe, expect, it } from 'vitest';
import { allOf } from '../../../support/web/all-of.ts';
import { folderOfInput } from '../../../../web/lib/browser/file-list-folder.ts';

/** A file as `<input webkitdirectory>` gives it. */
function picked(path: string, content = 'film'): File {
	const file = new File([content], path.split('/').at(-1) ?? '', { lastModified: 3 });
	return Object.assign(file, { webkitRelativePath: path });
}

const never = new AbortController().signal;

describe('folderOfInput', () => {
	it('names the folder by the first part of the paths and lists the rest', async () => {
		const folder = folderOfInput([
			picked('Films/a.mp4'),
			picked('Films/2024/b.mkv', 'longer'),
			picked('Films/notes.txt'),
		]);

		expect(folder?.name).toBe('Films');
		const isWanted = (path: string) => !path.endsWith('.txt');
		expect(await allOf(folder!.list({ isWanted, signal: never }))).toEqual([
			{ kind: 'file', path: 'a.mp4', sizeBytes: 4, modifiedAtMs: 3 },
			{ kind: 'file', path: '2024/b.mkv', sizeBytes: 6, modifiedAtMs: 3 },
		]);
	});

	it('opens by path, deletes nothing, and knows no other files', async () => {
		const folder = folderOfInput([picked('Films/2024/b.mkv', 'bytes')]);

		const file = await folder!.open('2024/b.mkv');
		expect(new TextDecoder().decode(await file.read(0, 5))).toBe('bytes');
		await expect(folder!.delete('2024/b.mkv')).rejects.toMatchObject({
			code: 'permission-denied',
		});
		await expect(folder!.open('b.mkv')).rejects.toMatchObject({ code: 'not-found' });
	});

	it('is nothing when nothing was picked', () => {
		expect(folderOfInput([])).toBeUndefined();
	});
});
