// Words by prefix, while documents come and go.
import { describe, expect, it } from 'vitest';
import { createWordIndex, type WordIndex } from '../../../../tracker/search/word-index.ts';

const found = (index: WordIndex, prefix: string) =>
	[...index.startingWith(prefix)].map(
		([word, { inTitle, elsewhere }]) => `${word} ${[...inTitle].join()}|${[...elsewhere].join()}`,
	);

describe('createWordIndex', () => {
	it('finds every word with a prefix, in order, with where it stands', () => {
		const index = createWordIndex();
		index.add('stars', 'inTitle', 1);
		index.add('star', 'inTitle', 2);
		index.add('star', 'elsewhere', 3);
		index.add('sta', 'inTitle', 4);
		index.add('stb', 'inTitle', 5);
		expect(found(index, 'star')).toEqual(['star 2|3', 'stars 1|']);
		expect(found(index, 'x')).toEqual([]);
	});

	it('finds a document again whose number is given to another one, read in between or not', () => {
		const index = createWordIndex();
		for (const document of [1, 2, 3]) index.add('star', 'inTitle', document);
		index.remove('star', 'inTitle', 2);
		index.add('star', 'inTitle', 2);
		expect(found(index, 'star')).toEqual(['star 1,2,3|']);
		index.remove('star', 'inTitle', 2);
		expect(found(index, 'star')).toEqual(['star 1,3|']);
		index.add('star', 'inTitle', 2);
		expect(found(index, 'star')).toEqual(['star 1,3,2|']);
	});

	it('forgets a word with its last document, and takes it again', () => {
		const index = createWordIndex();
		index.add('star', 'inTitle', 1);
		index.add('star', 'elsewhere', 1);
		index.remove('star', 'inTitle', 1);
		expect(found(index, 's')).toEqual(['star |1']);
		index.remove('star', 'elsewhere', 1);
		index.remove('star', 'elsewhere', 1);
		index.remove('never', 'inTitle', 1);
		expect(found(index, 's')).toEqual([]);
		index.add('star', 'inTitle', 2);
		index.remove('star', 'inTitle', 2);
		index.add('star', 'inTitle', 3);
		expect(found(index, 's')).toEqual(['star 3|']);
	});
});
