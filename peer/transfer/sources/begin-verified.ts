// The moment a shared source knows the pieces of its film: from then on it comes from all who have it, and from what was
// kept of an earlier visit, and each piece is verified. Does not know who told of the pieces, nor why that counts.
import { createWatchedPieces } from '../../swarm/watched-pieces.ts';
import { swarmName } from '../../swarm/exchange-pieces.ts';
import { enterSwarm, enterSwarmSoon } from './enter-swarm.ts';
import { joinMix, joinMixWhenOpen } from './join-mix.ts';
import { keepHead } from './keep-head.ts';
import { createPieceMix } from '../pieces/piece-mix.ts';
import { orAborted } from '../settling.ts';
import { isKnown, mayStillSend, members, type Member, type Shared } from './shared-state.ts';
import type { Description } from './without-owner.ts';

/** What a film is, as a member said, or nobody asked directly. */
export interface Told extends Description {
	readonly member?: Member;
}

/** `drop` is called with whoever sends a bad piece. Does nothing when the film is known already. */
export async function beginVerified(
	shared: Shared,
	told: Told,
	drop: (liar: Member) => void,
): Promise<void> {
	const { clock, shelves, target } = shared.options;
	const { member, pieces, facts, infoDictionary } = told;
	const { sizeBytes, pieceBytes, piecesId } = pieces;
	const { fileName, modifiedAtMs } = facts;
	const film = {
		...{ piecesId, sizeBytes, pieceBytes, fileName, modifiedAtMs },
		catalogId: target.catalogId,
	};
	const kept = await shelves?.open(film, infoDictionary);
	if (isKnown(shared) || shared.lifetime.signal.aborted) return;
	const watched = createWatchedPieces(pieces, kept);
	const { shelf } = watched;
	const mix = createPieceMix({
		...{ pieces, clock, shelf },
		mayMoreCome: () => shared.isOwnerAway || [...shared.others.values()].some(mayStillSend),
		onBytes(name, bytes) {
			const meter = name === swarmName ? shared.filmSwarm?.received : shared.kept;
			if (name === undefined || name === swarmName) meter?.add(bytes, clock.monotonicMs());
			shared.changes.soon();
		},
		onBad(name) {
			const bad = members(shared).find(({ peerId }) => peerId === name);
			if (bad) drop(bad);
		},
	});
	const verified = { pieces, mix, facts, infoDictionary, watched, describer: member };
	shared.verified = verified;
	const { believed } = shared;
	const isOwners = member !== undefined && member === believed;
	if (isOwners) {
		joinMix(verified, member);
		shared.isOwnerAway = false;
		enterSwarmSoon(shared);
	} else {
		if (believed) joinMixWhenOpen(shared, verified, believed);
		enterSwarm(shared);
	}
	for (const other of shared.others.values()) joinMixWhenOpen(shared, verified, other);
	shared.verifying.resolve(verified);
	shared.changes.now();
	if (!kept || !isOwners) return;
	const { signal } = shared.lifetime;
	await orAborted(member.remote.playback.over, signal);
	await keepHead(verified, member, signal);
}
