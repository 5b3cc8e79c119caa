// Asks the person for a folder: with the browser's directory picker where there is one, else with a
// hidden `<input webkitdirectory>`. Both open only during a click. Knows nothing of what is done with
// the folder.
import type { FolderSource } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { directoryHandleFolder } from './directory-handle-folder.ts';
import { folderOfInput } from './file-list-folder.ts';

/** `undefined` when the person changed their mind. Throws `permission-denied` outside a click. */
export async function pickFolder(): Promise<FolderSource | undefined> {
	return window.showDirectoryPicker === undefined ? pickByInput() : pickByPicker();
}

async function pickByPicker(): Promise<FolderSource | undefined> {
	try {
		// With an id the browser opens where this page's last pick was.
		const handle = await window.showDirectoryPicker?.({
			id: 'films',
			mode: 'read',
			startIn: 'videos',
		});
		return handle === undefined ? undefined : directoryHandleFolder(handle);
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		// The dialog was closed.
		if (error.code === 'cancelled') return undefined;
		throw error;
	}
}

function pickByInput(): Promise<FolderSource | undefined> {
	const input = document.createElement('input');
	input.type = 'file';
	input.webkitdirectory = true;
	input.hidden = true;
	// Safari does not open an input that is not in the document.
	document.body.append(input);
	return new Promise<FolderSource | undefined>((resolve) => {
		input.addEventListener('change', () => resolve(folderOfInput(input.files ?? [])));
		input.addEventListener('cancel', () => resolve(undefined));
		input.click();
	}).finally(() => input.remove());
}
