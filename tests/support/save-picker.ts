// The file picker of a test's page: no dialog opens, and the file is a real one in the origin's private storage, with
// the same handles, writers and permissions as on a disk. The disk can be made slow.
import type { Page } from '@playwright/test';

const fileName = 'saved';

export interface SavePickerOptions {
	/** What the disk takes; absent: all it can. */
	readonly bytesPerSecond?: number;
}

/** From the next load of a page on. */
export async function pickIntoPrivateStorage(
	page: Page,
	{ bytesPerSecond = Infinity }: SavePickerOptions = {},
): Promise<void> {
	await page.addInitScript(
		([name, maxRate]) => {
			Object.assign(window, {
				showSaveFilePicker: async () => {
					const root = await navigator.storage.getDirectory();
					return root.getFileHandle(name, { create: true });
				},
			});
			if (maxRate === null) return;
			const prototype = FileSystemWritableFileStream.prototype;
			const write = prototype.write;
			prototype.write = async function (this: FileSystemWritableFileStream, chunk) {
				const lengthBytes = ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
				await new Promise((resolve) => setTimeout(resolve, (lengthBytes / maxRate) * 1000));
				await write.call(this, chunk);
			};
		},
		// Infinity does not survive the way to the page.
		[fileName, Number.isFinite(bytesPerSecond) ? bytesPerSecond : null] as const,
	);
}

/** As in a browser that has none: files are saved by its downloads. From the next load of a page on. */
export async function withoutPicker(page: Page): Promise<void> {
	await page.addInitScript(() => Object.assign(window, { showSaveFilePicker: undefined }));
}

/** SHA-256 of the file; `undefined` when there is none. */
export function savedSha256(page: Page): Promise<string | undefined> {
	return page.evaluate(async (name) => {
		const root = await navigator.storage.getDirectory();
		const names: string[] = [];
		for await (const known of root.keys()) names.push(known);
		if (!names.includes(name)) return undefined;
		const file = await (await root.getFileHandle(name)).getFile();
		const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
		return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
	}, fileName);
}
