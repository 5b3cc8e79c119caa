// Entries of the same content become one and come apart again, compared with a model that knows only which offers
// there are; in any order, with settling and announcing mixed, and after a restart.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, PeerId } from '../../../proto/ids.ts';
import { createCatalog } from '../../../tracker/catalog.ts';
import { createContentMerger } from '../../../tracker/content-merger.ts';
import type {
	AliasChange,
	StoredAlias,
	StoredOffer,
} from '../../../tracker/store/tracker-store.ts';
import { catalogIdOf, makeOffer, offerIdOf } from '../../support/tracker-world.ts';

type Content = 'x' | 'y' | 'unhashed';

interface Film {
	readonly peerId: string;
	readonly number: number;
	readonly content: Content;
	readonly isPublic: boolean;
	readonly addedAtMs: number;
}

function storedOf({ peerId, number, content, isPublic, addedAtMs }: Film): StoredOffer {
	const digest = new Uint8Array(32).fill(content.charCodeAt(0));
	const digests = content === 'unhashed' ? {} : { mediaId: digest, piecesId: digest };
	const visibility = isPublic ? Visibility.PUBLIC : Visibility.LINK_ONLY;
	return {
		...{ peerId: peerId as PeerId, offerId: offerIdOf(number), sequence: 1, addedAtMs },
		catalogId: catalogIdOf(peerId, number),
		offer: makeOffer(1, { offerId: offerIdOf(number), visibility, ...digests }),
	};
}

/** A catalog and the aliases its store would hold. */
function openWorld(isMerging = true) {
	const catalog = createCatalog({ offers: [], aliases: [] });
	const stored = new Map<CatalogId, CatalogId>();
	const told: string[] = [];
	const saveAliases = async ({ added, removed }: AliasChange) => {
		await new Promise((resolve) => setImmediate(resolve));
		for (const alias of removed) stored.delete(alias);
		for (const { alias, catalogId } of added) {
			if (stored.get(catalogId) === alias) stored.delete(catalogId);
			stored.set(alias, catalogId);
		}
	};
	const store = { saveAliases: vi.fn(saveAliases) };
	const courier = {
		tell: (peerId: PeerId, offerId: string) => void told.push(`${peerId} ${offerId}`),
	};
	const merger = createContentMerger({ store, catalog, courier, isMerging });
	const put = (film: Film) => {
		const offer = storedOf(film);
		const change = { peerId: offer.peerId, upserted: [offer], removed: [], aliases: [] };
		return merger.settle(catalog.apply(change));
	};
	const drop = ({ peerId, number }: Pick<Film, 'peerId' | 'number'>) => {
		const removed = [offerIdOf(number)];
		const change = { peerId: peerId as PeerId, upserted: [], removed, aliases: [] };
		return merger.settle(catalog.apply(change));
	};
	const aliases = () =>
		Array.from(stored, ([alias, catalogId]): StoredAlias => ({ alias, catalogId }));
	return { catalog, store, told, put, drop, aliases };
}

const film = (peerId: string, number: number, fields: Partial<Film> = {}): Film => ({
	...{ peerId, number, content: 'x', isPublic: true, addedAtMs: number },
	...fields,
});
const ownersAt = (world: ReturnType<typeof openWorld>, catalogId: CatalogId) =>
	world.catalog.entry(catalogId)?.offers.map(({ peerId }) => peerId);

describe('content merger', () => {
	it('makes one entry of the same content, under the older id', async () => {
		const world = openWorld();
		await world.put(film('nas', 2));
		const concerned = await world.put(film('laptop', 1));
		const [older, younger] = [catalogIdOf('laptop', 1), catalogIdOf('nas', 2)];
		expect(world.catalog.resolve(younger)).toBe(older);
		expect(ownersAt(world, younger)).toEqual(['laptop', 'nas']);
		expect([...concerned].sort()).toEqual([older, younger].sort());
		expect(world.told).toEqual([`nas ${offerIdOf(2)}`]);
	});

	it('has nothing to do a second time', async () => {
		const world = openWorld();
		await world.put(film('laptop', 1));
		await world.put(film('nas', 2));
		await world.put(film('nas', 2));
		expect(world.store.saveAliases).toHaveBeenCalledOnce();
	});

	it('keeps an alias when its owner has gone, and when the older one has', async () => {
		const world = openWorld();
		await world.put(film('laptop', 1));
		await world.put(film('nas', 2));
		await world.drop(film('nas', 2));
		expect(ownersAt(world, catalogIdOf('nas', 2))).toEqual(['laptop']);
		await world.put(film('nas', 2));
		await world.drop(film('laptop', 1));
		expect(ownersAt(world, catalogIdOf('laptop', 1))).toEqual(['nas']);
		expect(ownersAt(world, catalogIdOf('nas', 2))).toEqual(['nas']);
	});

	it('merges nothing where peers are not trusted', async () => {
		const world = openWorld(false);
		await world.put(film('laptop', 1));
		await world.put(film('nas', 2));
		expect(ownersAt(world, catalogIdOf('laptop', 1))).toEqual(['laptop']);
		expect(ownersAt(world, catalogIdOf('nas', 2))).toEqual(['nas']);
		expect(world.told).toEqual([]);
	});

	it('leaves link-only films alone, whatever is in them', async () => {
		const world = openWorld();
		await world.put(film('laptop', 1));
		await world.put(film('nas', 2, { isPublic: false }));
		await world.put(film('phone', 3, { isPublic: false }));
		expect(world.aliases()).toEqual([]);
	});

	it('takes an offer out that becomes link-only or changes, and tells its owner', async () => {
		for (const change of [
			{ isPublic: false },
			{ content: 'unhashed' },
			{ content: 'y' },
		] as const) {
			const world = openWorld();
			await world.put(film('laptop', 1));
			await world.put(film('nas', 2));
			world.told.length = 0;
			await world.put(film('nas', 2, change));
			expect(ownersAt(world, catalogIdOf('laptop', 1))).toEqual(['laptop']);
			expect(ownersAt(world, catalogIdOf('nas', 2))).toEqual(['nas']);
			expect(world.told).toEqual([`nas ${offerIdOf(2)}`]);
		}
	});

	it('lets the owner of the id keep it; the others stay together', async () => {
		const world = openWorld();
		for (const [index, peerId] of ['laptop', 'nas', 'phone'].entries()) {
			await world.put(film(peerId, index + 1));
		}
		await world.put(film('laptop', 1, { content: 'y' }));
		expect(ownersAt(world, catalogIdOf('laptop', 1))).toEqual(['laptop']);
		expect(ownersAt(world, catalogIdOf('phone', 3))?.sort()).toEqual(['nas', 'phone']);
		expect(world.catalog.resolve(catalogIdOf('phone', 3))).toBe(catalogIdOf('nas', 2));
	});

	it('changes nothing in memory that the store refused, and goes on afterwards', async () => {
		const world = openWorld();
		await world.put(film('laptop', 1));
		world.store.saveAliases.mockRejectedValueOnce(new Error('disk full'));
		await expect(world.put(film('nas', 2))).rejects.toThrow('disk full');
		expect(ownersAt(world, catalogIdOf('nas', 2))).toEqual(['nas']);
		await world.put(film('nas', 2));
		expect(ownersAt(world, catalogIdOf('nas', 2))).toHaveLength(2);
	});

	it('agrees with a replay of what is there, whatever came in which order', async () => {
		const step = fc.record({
			peerId: fc.constantFrom('laptop', 'nas', 'phone'),
			number: fc.integer({ min: 1, max: 3 }),
			content: fc.constantFrom<Content>('x', 'y', 'unhashed'),
			isPublic: fc.boolean(),
			isRemoval: fc.boolean(),
			isWaitedFor: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
				const world = openWorld();
				const films = new Map<string, Film>();
				const everUsed = new Set<CatalogId>();
				const settling: Promise<unknown>[] = [];
				for (const [index, { isRemoval, isWaitedFor, ...fields }] of steps.entries()) {
					const key = `${fields.peerId} ${fields.number}`;
					const addedAtMs = films.get(key)?.addedAtMs ?? index;
					if (isRemoval) films.delete(key);
					else films.set(key, { ...fields, addedAtMs });
					if (!isRemoval) everUsed.add(catalogIdOf(fields.peerId, fields.number));
					settling.push(isRemoval ? world.drop(fields) : world.put({ ...fields, addedAtMs }));
					if (isWaitedFor) await Promise.all(settling);
				}
				await Promise.all(settling);
				expect(groupsOf(world.catalog)).toEqual(modelGroups([...films.values()]));
				for (const offer of films.values()) {
					const owners = ownersAt(world, catalogIdOf(offer.peerId, offer.number));
					expect(owners).toContain(offer.peerId);
				}
				const offers = [...films.values()].map(storedOf);
				const restarted = createCatalog({ offers, aliases: world.aliases() });
				expect(groupsOf(restarted)).toEqual(groupsOf(world.catalog));
				for (const id of everUsed) expect(restarted.resolve(id)).toBe(world.catalog.resolve(id));
			}),
			{ numRuns: 300 },
		);
	}, 60_000);
});

/** Which offers are together, by name. */
function groupsOf(catalog: ReturnType<typeof createCatalog>): string[] {
	return Array.from(catalog.entries(), ({ offers }) =>
		offers
			.map(({ peerId, offerId }) => `${peerId} ${offerId}`)
			.sort()
			.join(', '),
	).sort();
}

/** Public films of the same content together, every other one alone. */
function modelGroups(films: readonly Film[]): string[] {
	const groups = new Map<string, string[]>();
	for (const { peerId, number, content, isPublic } of films) {
		const name = `${peerId} ${offerIdOf(number)}`;
		const key = isPublic && content !== 'unhashed' ? `content ${content}` : name;
		groups.set(key, [...(groups.get(key) ?? []), name]);
	}
	return [...groups.values()].map((names) => names.sort().join(', ')).sort();
}
