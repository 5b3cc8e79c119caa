// Which tab leads, by the Web Locks API: the browser gives a lock to one tab at a time and passes it on
// when that tab goes away, however it goes. Where there are no Web Locks every tab leads; the edge then
// refuses the second one.
import type { LeaderLock } from '../../../peer/ports.ts';

/** `locks` is `navigator.locks`; browsers leave it out on insecure pages. */
export function webLockLeader(locks: LockManager | undefined, name: string): LeaderLock {
	return {
		acquire: async (signal) => {
			signal.throwIfAborted();
			if (locks === undefined) return;
			await new Promise<void>((resolve, reject) => {
				const request = locks.request(name, { signal }, () => {
					resolve();
					// The lock is held until this promise settles.
					return new Promise<void>((release) => {
						if (signal.aborted) release();
						signal.addEventListener('abort', () => release(), { once: true });
					});
				});
				request.catch(reject);
			});
		},
	};
}
