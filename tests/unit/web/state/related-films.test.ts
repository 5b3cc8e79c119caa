// What is offered after a film.
import { describe, expect, it } from 'vitest';
import { findRelatedFilms, pickRelated } from '../../../../web/lib/state/related-films.ts';
import { createDemoCatalog, demoEntry } from '../../../support/web/demo-catalog.ts';

const episode = (title: string, number: number, folder = 'Northern Line') =>
	demoEntry(title, { folder, season: 1, episode: number });

describe('related films', () => {
	it('go on with the folder after the film, and come round to its beginning', () => {
		const [a, b, c] = [episode('Alpha', 1), episode('Beta', 2), episode('Gamma', 3)];
		const { sameFolder } = pickRelated(b, [c, a, b]);
		expect(sameFolder.map((entry) => entry.title)).toEqual(['Gamma', 'Alpha']);
	});

	it('are those of the same owner', () => {
		const mine = demoEntry('Salt', { folder: 'Other' });
		const strangers = demoEntry('Overland', { owner: 'Jonas' });
		const { sameFolder, sameOwner } = pickRelated(demoEntry('Harbour'), [mine, strangers]);
		expect(sameFolder).toEqual([]);
		expect(sameOwner.map((entry) => entry.title)).toEqual(['Salt']);
	});

	it('are each named once, though two questions find them', async () => {
		const entries = [demoEntry('Harbour Lights'), demoEntry('Harbour Town')];
		const { client, searches } = createDemoCatalog(entries);
		const related = await findRelatedFilms(client, entries[0]!, new AbortController().signal);
		expect(related.sameFolder.map((entry) => entry.title)).toEqual(['Harbour Town']);
		expect(searches.map((search) => search.query)).toEqual(['Harbour', '']);
	});
});
