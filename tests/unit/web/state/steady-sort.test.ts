import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSteadySort } from '../../../../web/lib/state/steady-sort.ts';

interface Film {
	readonly id: string;
	readonly title: string;
}

const byTitle = (one: Film, other: Film) => one.title.localeCompare(other.title);
const filmOf = (number: number, title = `Film ${(number * 7_919) % 10_007}`): Film => ({
	...{ id: String(number), title },
});

describe('createSteadySort', () => {
	it('sorts whatever came before', () => {
		const films = fc.uniqueArray(fc.record({ id: fc.string(), title: fc.string() }), {
			selector: ({ title }) => title,
		});
		fc.assert(
			fc.property(fc.array(films, { maxLength: 5 }), (lists) => {
				const sort = createSteadySort(({ id, title }: Film) => `${id}/${title}`);
				for (const list of lists) expect(sort(list, byTitle)).toEqual(list.toSorted(byTitle));
			}),
		);
	});

	it('compares what stands in its place once', () => {
		const sort = createSteadySort(({ id }: Film) => id);
		let comparisons = 0;
		const compare = (one: Film, other: Film) => {
			comparisons += 1;
			return byTitle(one, other);
		};
		const films = Array.from({ length: 10_000 }, (_, number) => filmOf(number));
		sort(films, compare);
		comparisons = 0;
		const changed = [...films, filmOf(10_000)];
		changed[5_000] = filmOf(5_000, 'A film that has got its name');
		expect(sort(changed, compare)).toEqual(changed.toSorted(byTitle));
		expect(comparisons).toBeLessThan(1.5 * films.length);
	});

	it('leaves those in their places that compare as equal', () => {
		const sort = createSteadySort(({ id }: Film) => id);
		const [one, two, three] = [filmOf(1, 'A'), filmOf(2, 'A'), filmOf(3, 'A')];
		sort([two, one], byTitle);
		expect(sort([one, two, three], byTitle)).toEqual([two, one, three]);
	});
});
