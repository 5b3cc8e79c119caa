// What a catalog without films says, and where its one action leads.
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../../proto/errors.ts';
import { catalogFailure, emptyCatalog } from '../../../../web/lib/state/catalog-words.ts';

it.each(errorCodes)('a catalog that failed as %s can be asked again', (code) => {
	expect(catalogFailure(code).action?.kind).toBe('retry');
});

describe('an empty catalog', () => {
	it('that nobody has shared anything with leads to the library', () => {
		expect(emptyCatalog({ words: '' }, 0).action?.kind).toBe('library');
	});

	it('tells words nobody has used from films whose owners are away', () => {
		expect(emptyCatalog({ words: 'salt' }, 0)).toMatchObject({
			title: 'Nothing is called “salt”',
			action: { kind: 'catalog' },
		});
		expect(emptyCatalog({ words: 'salt' }, 1)).toMatchObject({
			title: '“salt” cannot be watched right now',
			text: '1 film waits for its owner to be back.',
			action: { label: 'Show it', kind: 'show-away' },
		});
		expect(emptyCatalog({ words: '' }, 1204).text).toBe(
			'1,204 films wait for their owners to be back.',
		);
	});
});
