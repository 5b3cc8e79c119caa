// Asks the browser not to throw this origin's storage away when the disk is full: the identity phrase
// lives there. Chromium decides by itself, Firefox asks the person, so it waits for a first folder.

/** True when storage is persistent now. A refusal is no error: everything works, until the disk is full. */
export async function requestPersistence(
	// Insecure pages have no storage manager, whatever TypeScript's library says.
	storage = navigator.storage as StorageManager | undefined,
): Promise<boolean> {
	return storage !== undefined && ((await storage.persisted()) || storage.persist());
}
