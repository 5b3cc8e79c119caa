// Types of the File System Access API that TypeScript's DOM library does not have, because only
// Chromium implements them (https://wicg.github.io/file-system-access/). Declarations and the checks
// whether they are there; no behaviour.

declare global {
	interface FileSystemHandle {
		queryPermission?(descriptor: { mode: 'read' | 'readwrite' }): Promise<PermissionState>;
		requestPermission?(descriptor: { mode: 'read' | 'readwrite' }): Promise<PermissionState>;
		remove?(): Promise<void>;
	}
	interface Window {
		showDirectoryPicker?(options: {
			id?: string;
			mode: 'read' | 'readwrite';
			startIn?: 'videos';
		}): Promise<FileSystemDirectoryHandle>;
		showSaveFilePicker?(options: {
			id?: string;
			suggestedName: string;
			startIn?: 'videos' | 'downloads';
		}): Promise<FileSystemFileHandle>;
	}
	interface DataTransferItem {
		getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
	}
}

/** Whether picked folders come as handles, which can be kept between visits. */
export function hasDirectoryPicker(): boolean {
	return typeof window.showDirectoryPicker === 'function';
}

/** The check TypeScript cannot derive from `kind`. */
export function isDirectoryHandle(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
	return handle.kind === 'directory';
}

/** The other half of `isDirectoryHandle`. */
export function isFileHandle(handle: FileSystemHandle): handle is FileSystemFileHandle {
	return handle.kind === 'file';
}
