// A file the person chose to save to, behind a FileSystemFileHandle: the one kind that can be gone on with after a
// reload. The browser writes beside it and puts the whole in place on closing, so going on costs a copy of what is
// there. Knows nothing of what is written.
import type { PartFile } from '../../../peer/saves/save-ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import './file-system-access.ts';

export interface FileHandlePart extends PartFile {
	/** Kept in IndexedDB. */
	readonly handle: FileSystemFileHandle;
}

export function fileHandlePart(handle: FileSystemFileHandle): FileHandlePart {
	/** As it was when its size was asked. */
	let file: Promise<File> | undefined;
	return {
		handle,
		async requestAccess() {
			const state = await handle.requestPermission?.({ mode: 'readwrite' });
			return state === undefined || state === 'granted';
		},
		async sizeBytes() {
			file = handle.getFile();
			return (await file.catch(rethrowTyped)).size;
		},
		async read(offsetBytes, lengthBytes) {
			file ??= handle.getFile();
			const part = (await file.catch(rethrowTyped)).slice(offsetBytes, offsetBytes + lengthBytes);
			return new Uint8Array(await part.arrayBuffer().catch(rethrowTyped));
		},
		async open(keptBytes) {
			file = undefined;
			const writable = await openWritable(handle, keptBytes).catch(rethrowTyped);
			return {
				write: (bytes) => writable.write(bytes).catch(rethrowTyped),
				close: () => writable.close().catch(rethrowTyped),
			};
		},
		async remove() {
			try {
				await handle.remove?.();
			} catch (caught) {
				const error = GiggityflixError.from(caught);
				if (error.code !== 'not-found') throw error;
			}
		},
	};
}

/** The check TypeScript cannot derive from a port. */
export function isFileHandlePart(part: PartFile): part is FileHandlePart {
	return 'handle' in part;
}

async function openWritable(handle: FileSystemFileHandle, keptBytes: number) {
	const writable = await handle.createWritable({ keepExistingData: keptBytes > 0 });
	if (keptBytes === 0) return writable;
	await writable.truncate(keptBytes);
	await writable.seek(keptBytes);
	return writable;
}

function rethrowTyped(caught: unknown): never {
	throw GiggityflixError.from(caught);
}
