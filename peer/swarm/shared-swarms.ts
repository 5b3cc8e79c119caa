// Swarms that several parts of a page are in at once: the torrent that is open and the files of it that are saved.
// Rule: one torrent is joined once, and left when the last of them leaves. Knows nothing of what they do there.
import type { InfoHash } from '../torrent/info-hash.ts';
import type { Swarm, Swarms } from './swarm.ts';

/** Joining a torrent that is joined already takes part in it; trackers and content are those of the first. */
export function createSharedSwarms(swarms: Swarms): Swarms {
	const joined = new Map<InfoHash, { readonly swarm: Swarm; users: number }>();
	return {
		join(request) {
			const { infoHash } = request;
			const shared = joined.get(infoHash) ?? { swarm: swarms.join(request), users: 0 };
			joined.set(infoHash, shared);
			shared.users += 1;
			const forget = () => {
				if (joined.get(infoHash) === shared) joined.delete(infoHash);
			};
			// One that has failed can be joined again.
			void shared.swarm.ended.then(forget);
			let isLeft = false;
			return {
				...shared.swarm,
				leave() {
					if (isLeft) return;
					isLeft = true;
					shared.users -= 1;
					if (shared.users > 0) return;
					forget();
					shared.swarm.leave();
				},
			};
		},
	};
}
