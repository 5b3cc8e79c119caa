// Where a film was left, by catalog id, in this browser. Beginnings and ends are not remembered: a film
// left there starts anew. Knows nothing of players.

export interface ResumePositions {
	/** Seconds to start at; 0 when the film was never left in the middle. */
	positionOf(catalogId: string): number;
	remember(catalogId: string, positionSeconds: number, durationSeconds: number): void;
}

const storageKey = 'giggityflix.positions';
/** Beyond it the film left longest ago is forgotten: 300 entries take 12 kB. */
const maxRemembered = 300;
const introSeconds = 15;
/** Credits: the last 5 % are as good as the end. */
const watchedShare = 0.95;

export function createResumePositions(
	storage: Pick<Storage, 'getItem' | 'setItem'>,
): ResumePositions {
	const load = (): Map<string, number> => {
		try {
			const parsed: unknown = JSON.parse(storage.getItem(storageKey) ?? '[]');
			return new Map(Array.isArray(parsed) ? parsed.filter(isPair) : []);
		} catch {
			// Written by something else: start anew.
			return new Map();
		}
	};
	return {
		positionOf: (catalogId) => load().get(catalogId) ?? 0,
		remember: (catalogId, positionSeconds, durationSeconds) => {
			const positions = load();
			positions.delete(catalogId);
			if (positionSeconds > introSeconds && positionSeconds < durationSeconds * watchedShare)
				positions.set(catalogId, Math.floor(positionSeconds));
			storage.setItem(storageKey, JSON.stringify([...positions].slice(-maxRemembered)));
		},
	};
}

function isPair(value: unknown): value is [string, number] {
	return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number';
}
