// The film a person is about to watch, opened before they have clicked: the link to its owner, its head and its
// index are then there when the player asks. The rule: one at a time, and whatever nobody came to watch is let
// go of again. Knows nothing of pointers.
import type { Peer, WatchSource, WatchTarget } from '../../../peer/peer.ts';
import type { Clock } from '../../../peer/ports.ts';

export interface WarmSources {
	/** Opens a film, in place of the one that was warm. */
	warmUp(target: WatchTarget): void;
	/** The source of a film: the warm one when it is for the same owners, otherwise a new one. The caller closes it. */
	open(target: WatchTarget): WatchSource;
	close(): void;
}

/** From resting on a card to a click, with time to read its title. */
const keptMs = 10_000;

interface WarmSource {
	readonly key: string;
	readonly source: WatchSource;
	readonly taken: AbortController;
}

export function createWarmSources(peer: Pick<Peer, 'openSource'>, clock: Clock): WarmSources {
	let warm: WarmSource | undefined;

	function drop(): void {
		warm?.taken.abort();
		warm?.source.close();
		warm = undefined;
	}

	return {
		warmUp(target) {
			const key = keyOf(target);
			if (warm?.key === key) return;
			drop();
			const mine = { key, source: peer.openSource(target), taken: new AbortController() };
			warm = mine;
			// Why it cannot be opened is said to whoever watches it.
			mine.source.open(mine.taken.signal).catch(() => undefined);
			clock.sleep(keptMs, mine.taken.signal).then(drop, () => undefined);
		},
		open(target) {
			if (warm?.key !== keyOf(target)) return peer.openSource(target);
			const { source, taken } = warm;
			warm = undefined;
			taken.abort();
			if (target.others) source.learn(target.others);
			return source;
		},
		close: drop,
	};
}

function keyOf({
	catalogId,
	ownerPeerIds,
	ownerPublicKey = new Uint8Array(),
}: WatchTarget): string {
	return [catalogId, ...ownerPeerIds, ownerPublicKey.join('.')].join(' ');
}
