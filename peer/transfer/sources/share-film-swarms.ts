// Films that are watched and saved in one tab at once. Rule: the swarm of a film is joined once and entered once, and
// left when the last of them leaves. Knows nothing of what they do there.
import { createSharedSwarms } from '../../swarm/shared-swarms.ts';
import type { InfoHash } from '../../torrent/info-hash.ts';
import type { FilmSwarms } from './film-swarm.ts';

interface Entered {
	readonly leave: () => void;
	users: number;
}

/** Whoever comes second takes part in what the first has joined. */
export function shareFilmSwarms(filmSwarms: FilmSwarms): FilmSwarms {
	const { swarms, links } = filmSwarms;
	const entered = new Map<InfoHash, Entered>();
	return {
		...filmSwarms,
		swarms: createSharedSwarms(swarms),
		links: {
			enter(membership, onLink, isWanted) {
				const { infoHash } = membership;
				const shared = entered.get(infoHash) ?? {
					leave: links.enter(membership, onLink, isWanted),
					users: 0,
				};
				entered.set(infoHash, shared);
				shared.users += 1;
				return () => {
					shared.users -= 1;
					if (shared.users > 0) return;
					entered.delete(infoHash);
					shared.leave();
				};
			},
			/** Those of others in this tab, such as the library's. */
			memberships: () => links.memberships().filter(({ infoHash }) => !entered.has(infoHash)),
		},
	};
}
