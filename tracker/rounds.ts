// Work that is cheaper done together: what is asked in one turn of the event loop makes a round, and each item gets an
// answer or a failure of its own. Knows nothing of the work.

interface Asked<Item, Answer> {
	readonly item: Item;
	readonly resolve: (answer: Answer) => void;
	readonly reject: (reason: unknown) => void;
}

/** `work` settles each item by itself, in order; when it rejects, the whole round has failed. */
export function inRounds<Item, Answer>(
	mostOfRound: number,
	work: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Answer>[]>,
): (item: Item) => Promise<Answer> {
	let waiting: Asked<Item, Answer>[] = [];

	/** One round in each turn: while others do their part of the first, the next begins. */
	function begin(): void {
		const round = waiting.slice(0, mostOfRound);
		waiting = waiting.slice(mostOfRound);
		if (waiting.length > 0) setImmediate(begin);
		void settle(round);
	}

	async function settle(round: readonly Asked<Item, Answer>[]): Promise<void> {
		try {
			const outcomes = await work(round.map(({ item }) => item));
			for (const [at, { resolve, reject }] of round.entries()) {
				const outcome = outcomes[at];
				if (outcome?.status === 'fulfilled') resolve(outcome.value);
				else reject(outcome?.reason);
			}
		} catch (caught) {
			for (const { reject } of round) reject(caught);
		}
	}

	return (item) =>
		new Promise((resolve, reject) => {
			if (waiting.length === 0) setImmediate(begin);
			waiting.push({ item, resolve, reject });
		});
}
