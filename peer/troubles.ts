// What went wrong in the background and has not been put right, for the page to say.
import type { GiggityflixError } from '../proto/errors.ts';
import type { PeerSnapshot } from './peer.ts';

type Trouble = PeerSnapshot['trouble'][number];

export interface Troubles {
	/** `undefined`: it works again. */
	report(what: Trouble['what'], error: GiggityflixError | undefined): void;
	list(): readonly Trouble[];
}

export function createTroubles(onChange: () => void): Troubles {
	const troubles = new Map<Trouble['what'], Trouble>();
	return {
		report(what, error) {
			if (troubles.get(what)?.code === error?.code) return;
			if (error) troubles.set(what, { what, code: error.code });
			else troubles.delete(what);
			onChange();
		},
		list: () => [...troubles.values()],
	};
}
