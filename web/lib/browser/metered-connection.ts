// Whether every byte costs the person money, as far as the browser tells (Chromium and its kin): a mobile network, or
// the wish to save data. Others say nothing, and count as unmetered.

export interface MeteredConnection {
	isMetered(): boolean;
	/** Calls back when `isMetered()` may have changed. Returns the unsubscribe. */
	onChange(listener: () => void): () => void;
}

/** The Network Information API; not in TypeScript's library, because it is no standard. */
export interface NetworkInformation extends EventTarget {
	readonly type?: string;
	readonly saveData?: boolean;
}

export function meteredConnection(connection: NetworkInformation | undefined): MeteredConnection {
	return {
		isMetered: () => connection?.saveData === true || connection?.type === 'cellular',
		onChange(listener) {
			connection?.addEventListener('change', listener);
			return () => connection?.removeEventListener('change', listener);
		},
	};
}
