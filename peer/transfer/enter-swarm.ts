// When a shared source joins the swarm of its film, and when it leaves. Knows nothing of what a swarm does.
import { joinFilmSwarm } from './film-swarm.ts';
import { isBelieved, type Shared } from './shared-state.ts';

/** Once somebody wants that and the pieces are known. */
export function enterSwarm(shared: Shared): void {
	const { torrent, verified, filmSwarm } = shared;
	const { filmSwarms, clock } = shared.options;
	if (!filmSwarms || !torrent || !verified || filmSwarm || shared.lifetime.signal.aborted) return;
	shared.filmSwarm = joinFilmSwarm({
		...{ filmSwarms, torrent, ...verified, clock },
		isDirect: (peerId) => isBelieved(shared, peerId) || shared.others.has(peerId),
		onChange: () => shared.changes.soon(),
	});
}

export function leaveSwarm(shared: Shared): void {
	shared.filmSwarm?.leave();
	shared.filmSwarm = undefined;
}
