// Which saves are running, in any tab, by the Web Locks API: a lock goes with its tab, however that ends. Where there
// are no Web Locks every tab believes itself alone.
import type { SaveId, SaveLocks } from '../../../peer/saves/save-ports.ts';

const prefix = 'giggityflix-save-';

/** `locks` is `navigator.locks`; browsers leave it out on insecure pages. */
export function webLockSaves(locks: LockManager | undefined): SaveLocks {
	return {
		async hold(saveId) {
			if (!locks) return () => undefined;
			return new Promise((resolve, reject) => {
				locks
					.request(prefix + saveId, { ifAvailable: true }, (lock) => {
						if (!lock) {
							resolve(undefined);
							return undefined;
						}
						// The lock is held until this promise settles.
						return new Promise<void>((release) => resolve(release));
					})
					.catch(reject);
			});
		},
		async held() {
			const { held = [] } = (await locks?.query()) ?? {};
			const names = held.flatMap(({ name = '' }) => (name.startsWith(prefix) ? [name] : []));
			return new Set(names.map((name) => name.slice(prefix.length) as SaveId));
		},
	};
}
