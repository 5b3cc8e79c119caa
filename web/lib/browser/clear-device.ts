// Makes this browser forget everything it knows of the app: databases, caches, workers, settings. Only ever
// called when the person has confirmed it. Knows nothing of what was stored.

/** The caller has stopped the peer: an open database cannot be deleted. */
export async function clearDevice(): Promise<void> {
	localStorage.clear();
	// Pages without HTTPS have neither workers nor caches, whatever TypeScript's library says.
	if ('serviceWorker' in navigator) {
		const registrations = await navigator.serviceWorker.getRegistrations();
		await Promise.all(registrations.map((registration) => registration.unregister()));
	}
	if ('caches' in window) {
		const names = await caches.keys();
		await Promise.all(names.map((name) => caches.delete(name)));
	}
	if ('storage' in navigator && 'getDirectory' in navigator.storage) await emptyPrivateStorage();
	for (const { name } of await indexedDB.databases()) {
		if (name !== undefined) await dropDatabase(name);
	}
}

async function emptyPrivateStorage(): Promise<void> {
	const root = await navigator.storage.getDirectory();
	for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
}

/** Another tab that keeps the database open delays its end; it ends when that tab closes. */
function dropDatabase(name: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const request = indexedDB.deleteDatabase(name);
		request.onsuccess = () => resolve();
		request.onblocked = () => resolve();
		request.onerror = () => reject(request.error ?? new Error('the database was not deleted'));
	});
}
