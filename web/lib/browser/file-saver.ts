// Asks the person where to save, where the browser has a picker for that. Elsewhere it downloads from an address
// (stream-downloads.ts). Holds no bytes.
import { fileHandlePart, type FileHandlePart } from './file-handle-part.ts';
import './file-system-access.ts';

/** `undefined` where the browser has no such picker. */
export function createFileChooser():
	((name: string) => Promise<FileHandlePart | undefined>) | undefined {
	if (typeof window.showSaveFilePicker !== 'function') return undefined;
	return async (suggestedName) => {
		try {
			const handle = await window.showSaveFilePicker?.({ id: 'films', suggestedName });
			return handle && fileHandlePart(handle);
		} catch (caught) {
			if (caught instanceof DOMException && caught.name === 'AbortError') return undefined;
			throw caught;
		}
	};
}
