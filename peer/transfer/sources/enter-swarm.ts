// When a shared source joins the swarm of its film, and when it leaves. Knows nothing of what a swarm does.
import { joinFilmSwarm } from './film-swarm.ts';
import { isBelieved, type Shared } from './shared-state.ts';

/** Loading webtorrent and offering links to strangers takes a page a third of a second. */
const restMs = 3_000;

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

/** An owner tells the hashes behind the head of the film: the picture and the first jumps come before the swarm. */
export function enterSwarmSoon(shared: Shared): void {
	const { options, lifetime } = shared;
	options.clock.sleep(restMs, lifetime.signal).then(
		() => enterSwarm(shared),
		// Nobody watches any more.
		() => undefined,
	);
}

export function leaveSwarm(shared: Shared): void {
	shared.filmSwarm?.leave();
	shared.filmSwarm = undefined;
}
