// Makes this browser forget everything it knows of the app: databases, caches, workers, settings. Only ever
// called when the person has confirmed it. Knows nothing of what was stored.

/** The caller has stopped the peer: an open database cannot be deleted. */
export async function clearDevice(): Promise<void> {
	localStorage.clear();
	const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
	await Promise.all(registrations.map((registration) => registration.unregister()));
	const cacheNames = 'caches' in window ? await caches.keys() : [];
	await Promise.all(cacheNames.map((name) => caches.delete(name)));
	const databases = await indexedDB.databases();
	await Promise.all(databases.map(({ name }) => (name === undefined ? undefined : drop(name))));
}

/** Another tab that keeps the database open delays its end; it ends when that tab closes. */
function drop(name: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const request = indexedDB.deleteDatabase(name);
		request.onsuccess = () => resolve();
		request.onblocked = () => resolve();
		request.onerror = () => reject(request.error ?? new Error('the database was not deleted'));
	});
}
