// When a shared source joins the swarm of its film, and when it leaves. Knows nothing of what a swarm does.
import { joinFilmSwarm } from './film-swarm.ts';
import { isBelieved, type Shared } from './shared-state.ts';

/** Once somebody wants that and the pieces are known, or nobody but the swarm can tell them. */
export function enterSwarm(shared: Shared): void {
	const { torrent, verified, filmSwarm, lifetime } = shared;
	const { filmSwarms, clock } = shared.options;
	if (verified && filmSwarm?.begin(verified) === false) leaveSwarm(shared);
	if (!filmSwarms || !torrent || shared.filmSwarm || lifetime.signal.aborted) return;
	if (!verified && !shared.isOwnerAway) return;
	shared.filmSwarm = joinFilmSwarm({
		...{ filmSwarms, torrent, clock, film: verified },
		isDirect: (peerId) => isBelieved(shared, peerId) || shared.others.has(peerId),
		onChange: () => shared.changes.soon(),
	});
}

export function leaveSwarm(shared: Shared): void {
	shared.filmSwarm?.leave();
	shared.filmSwarm = undefined;
}
