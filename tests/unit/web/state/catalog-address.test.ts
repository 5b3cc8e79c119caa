// What the address of the catalog says, also after somebody has edited it.
import { describe, expect, it } from 'vitest';
import { catalogQueryOf, withCatalogParam } from '../../../../web/lib/state/catalog-address.ts';

describe('the address of the catalog', () => {
	it('holds words, order and what is shown', () => {
		expect(catalogQueryOf(new URLSearchParams('q=%20low+tide&sort=title&show=all'))).toEqual({
			words: 'low tide',
			order: 'title',
			onlyAvailable: false,
		});
	});

	it('falls back to the usual', () => {
		const query = catalogQueryOf(new URLSearchParams(`sort=nonsense&q=${'x'.repeat(300)}`));
		expect(query).toEqual({ words: 'x'.repeat(200), order: 'newest', onlyAvailable: true });
	});

	it('changes one thing and leaves out what is usual', () => {
		const params = new URLSearchParams('q=low&sort=title');
		expect(withCatalogParam(params, 'sort', 'newest')).toBe('/?q=low');
		expect(withCatalogParam(params, 'q', '')).toBe('/?sort=title');
		expect(withCatalogParam(new URLSearchParams('q=low'), 'q', '')).toBe('/');
	});
});
