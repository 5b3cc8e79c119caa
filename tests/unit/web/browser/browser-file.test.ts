import { describe, expect, it } from 'vitest';
import { nativeFileOf, openBrowserFile } from '../../../../web/lib/browser/browser-file.ts';

const film = (content = '0123456789', lastModified = 5) =>
	new File([content], 'Film.MKV', { lastModified });

/** A File whose bytes the browser refuses to read. */
function refusing(errorName: string, file = film()): File {
	const refusal = () => Promise.reject(new DOMException('refused', errorName));
	return Object.assign(file, { slice: () => ({ arrayBuffer: refusal }) });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('openBrowserFile', () => {
	it('says what the file was when opened', () => {
		expect(openBrowserFile(film())).toMatchObject({
			sizeBytes: 10,
			modifiedAtMs: 5,
			mimeType: 'video/x-matroska',
		});
	});

	it('reads ranges, the empty one included', async () => {
		const file = openBrowserFile(film());

		expect(text(await file.read(2, 3))).toBe('234');
		expect(text(await file.read(9, 1))).toBe('9');
		expect(text(await file.read(10, 0))).toBe('');
	});

	it('treats a range outside the file as a mistake of the programmer', async () => {
		await expect(openBrowserFile(film()).read(8, 3)).rejects.toThrow(RangeError);
	});

	it('opens a file again when a read was refused, and goes on when it is the same', async () => {
		const file = openBrowserFile(refusing('NotReadableError'), () => Promise.resolve(film()));

		expect(text(await file.read(0, 4))).toBe('0123');
	});

	it.each([
		['has another size', film('longer than before')],
		['has another time', film('0123456789', 6)],
	])('is corrupt when the file that is opened again %s', async (_, again) => {
		const file = openBrowserFile(refusing('NotReadableError'), () => Promise.resolve(again));

		await expect(file.read(0, 4)).rejects.toMatchObject({ code: 'corrupt' });
	});

	it.each([
		['NotFoundError', 'not-found'],
		['NotAllowedError', 'permission-denied'],
	])('tells %s of opening again as %s', async (errorName, code) => {
		const file = openBrowserFile(refusing('NotReadableError'), () =>
			Promise.reject(new DOMException('no', errorName)),
		);

		await expect(file.read(0, 4)).rejects.toMatchObject({ code });
	});

	it('reports the refusal itself when the file cannot be opened again', async () => {
		await expect(openBrowserFile(refusing('NotReadableError')).read(0, 4)).rejects.toMatchObject({
			code: 'corrupt',
		});
	});

	it('hands out its File, and refuses files of another platform', () => {
		const native = film();

		expect(nativeFileOf(openBrowserFile(native))).toBe(native);
		expect(() => nativeFileOf({ ...openBrowserFile(native), native: '/disk/film.mkv' })).toThrow(
			expect.objectContaining({ code: 'unsupported' }),
		);
	});
});
