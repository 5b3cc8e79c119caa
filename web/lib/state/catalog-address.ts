// What the address of the catalog says: words, order and what is shown; and the choices its menus offer.
// An address somebody has edited falls back to the usual.
import type { ChoiceView } from '../view-models.ts';
import type { CatalogOrder, CatalogQuery } from './catalog-state.svelte.ts';

export const orderChoices: readonly ChoiceView<CatalogOrder>[] = [
	{ value: 'newest', label: 'Recently added' },
	{ value: 'title', label: 'Title' },
	{ value: 'longest', label: 'Longest' },
];

export const showChoices: readonly ChoiceView<'now' | 'all'>[] = [
	{ value: 'now', label: 'Playable now' },
	{ value: 'all', label: 'Everything', hint: 'Also films whose owner is away' },
];

/** As long as the edge takes. */
const maxWords = 200;

export function catalogQueryOf(params: URLSearchParams): CatalogQuery {
	const order = orderChoices.find((choice) => choice.value === params.get('sort'))?.value;
	return {
		words: (params.get('q') ?? '').trim().slice(0, maxWords),
		order: order ?? 'newest',
		onlyAvailable: params.get('show') !== 'all',
	};
}

/** The catalog's address with one thing changed; what is usual is left out. */
export function withCatalogParam(
	params: URLSearchParams,
	name: 'q' | 'sort' | 'show',
	value: string,
): string {
	const changed = new URLSearchParams(params);
	if (value === usual[name]) changed.delete(name);
	else changed.set(name, value);
	const text = changed.toString();
	return text === '' ? '/' : `/?${text}`;
}

const usual = { q: '', sort: 'newest', show: 'now' };
