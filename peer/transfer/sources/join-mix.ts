// Owners as sources of the mix. Rule: only who has a film of the same size, under the same pieces id, is asked for its
// pieces. Does not know what becomes of one who lies.
import type { Member, Shared, Verified } from './shared-state.ts';

/** Another piece of film under the same name would make an honest owner look like a liar. */
export function joinMixWhenOpen(shared: Shared, verified: Verified, member: Member): void {
	if (member.isDropped || shared.piecesId !== verified.pieces.piecesId) return;
	member.remote.open(shared.lifetime.signal).then(
		({ sizeBytes }) => {
			const isCurrent = shared.verified === verified && !member.isDropped;
			if (isCurrent && sizeBytes === verified.pieces.sizeBytes) joinMix(verified, member);
		},
		// The connection says why.
		() => undefined,
	);
}

export function joinMix({ mix }: Verified, { peerId, remote }: Member): void {
	mix.join({
		name: peerId,
		read: (range, signal) => remote.read(range, signal),
		isReady: () => remote.connection().kind === 'open',
	});
}
