// Saves that are cut off in every way a page knows, and gone on with byte for byte.
import { beforeEach, describe, expect, it } from 'vitest';
import type { PartPieces } from '../../../../peer/saves/part-pieces.ts';
import type { Downloads, SavedThing } from '../../../../peer/saves/save-ports.ts';
import { isPlacingDue } from '../../../../peer/saves/save-into-file.ts';
import { createSaves, isSameThing, type Saves } from '../../../../peer/saves/saves.ts';
import type { ByteSourceFacts } from '../../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import type { CatalogId } from '../../../../proto/ids.ts';
import { patternedBytes } from '../../../support/patterned-bytes.ts';
import { createFakeClock, settle } from '../../../support/peer/fake-clock.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';
import {
	createMemoryPart,
	createMemorySaves,
	createMemorySource,
	type MemoryPart,
	type MemorySource,
} from '../../../support/saves/memory-saves.ts';

const film: SavedThing = { kind: 'film', catalogId: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' as CatalogId };
const mebibyte = 1024 * 1024;
const content = patternedBytes(12 * mebibyte + 5);

let memory: ReturnType<typeof createMemorySaves>;
let part: MemoryPart;
let source: MemorySource;
let pieces: PartPieces | undefined;

beforeEach(() => {
	memory = createMemorySaves();
	part = createMemoryPart();
	source = createMemorySource(content);
	pieces = undefined;
});

/** A page of the browser; another one is what a reload brings, or another tab. */
function openPage(downloads?: Downloads): Saves {
	return createSaves({
		...memory,
		clock: createFakeClock(),
		randomBytes: createSeededRandom(),
		choose: downloads ? undefined : async () => part,
		downloads: downloads ?? { begin: () => Promise.reject(new Error('there is a picker')) },
		openSource: async () => ({ ...source, pieces: async () => pieces }),
	});
}

const stageOf = (page: Saves) => page.list()[0]?.stage;
const idOf = (page: Saves) => {
	const [first] = page.list();
	if (!first) throw new Error('nothing is saved');
	return first.record.saveId;
};

/** Cut off after `bytes`, as by a reload: what was put in place is there, a new page looks at it. */
async function cutOffAfter(bytes: number): Promise<Saves> {
	const page = openPage();
	source.stallAfter(bytes);
	const saving = page.save(film, 'film.mp4');
	await settleUntil(() => source.reads.length > 0 && stageOf(page)?.kind === 'saving');
	await settle();
	page.close();
	await saving;
	const next = openPage();
	await next.load();
	return next;
}

/** A matcher would take seconds for what is a moment's work. */
function isTheSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
	return one !== undefined && Buffer.compare(one, other) === 0;
}

async function settleUntil(condition: () => boolean): Promise<void> {
	for (let turn = 0; turn < 100 && !condition(); turn += 1) await settle();
}

describe('a save', () => {
	it('is listed while it runs, whole in the end, and forgotten', async () => {
		const page = openPage();
		await page.save(film, 'film.mp4');
		expect(isTheSame(part.content(), content)).toBe(true);
		expect(stageOf(page)).toEqual({ kind: 'saved' });
		expect(await memory.store.list()).toEqual([]);
		await page.discard(idOf(page));
		expect(page.list()).toEqual([]);
		expect(part.content()).toHaveLength(content.length);
	});

	it('that was cut off is offered again, and goes on from what is there', async () => {
		const page = await cutOffAfter(9 * mebibyte);
		expect(page.list()).toMatchObject([
			{
				record: { fileName: 'film.mp4', savedBytes: 9 * mebibyte, sizeBytes: content.length },
				stage: { kind: 'interrupted', reason: 'cancelled' },
			},
		]);
		source = createMemorySource(content);
		await page.resume(idOf(page));
		expect(isTheSame(part.content(), content)).toBe(true);
		const fetched = source.reads.reduce((sum, read) => sum + read.lengthBytes, 0);
		expect(fetched).toBeLessThan(4 * mebibyte);
		expect(await memory.store.list()).toEqual([]);
	});

	it('loses to a crash no more than half', async () => {
		const page = openPage();
		source.stallAfter(9 * mebibyte);
		void page.save(film, 'film.mp4');
		await settleUntil(() => part.openedAt.length === 3);
		expect(part.content()).toHaveLength(8 * mebibyte);
		expect((await memory.store.list())[0]?.record.savedBytes).toBe(8 * mebibyte);
		page.close();
	});

	it('that is begun again where it was cut off goes on without asking for a file', async () => {
		const page = await cutOffAfter(5 * mebibyte);
		source = createMemorySource(content);
		await page.save(film, 'another name.mp4');
		expect(page.list()).toHaveLength(1);
		expect(isTheSame(part.content(), content)).toBe(true);
	});

	it('whose part was changed begins again, and is right all the same', async () => {
		const page = await cutOffAfter(9 * mebibyte);
		part.replace(Buffer.alloc(9 * mebibyte, 1));
		source = createMemorySource(content);
		await page.resume(idOf(page));
		expect(isTheSame(part.content(), content)).toBe(true);
		expect(part.openedAt.at(-3)).toBe(0);
	});

	it('whose film was replaced begins again with the new one', async () => {
		const page = await cutOffAfter(9 * mebibyte);
		const newer = patternedBytes(10 * mebibyte).reverse();
		source = createMemorySource(newer, { modifiedAtMs: 2 } satisfies Partial<ByteSourceFacts>);
		await page.resume(idOf(page));
		expect(isTheSame(part.content(), newer)).toBe(true);
	});

	it('is discarded with its part and its record', async () => {
		const page = await cutOffAfter(9 * mebibyte);
		await page.discard(idOf(page));
		expect(part.content()).toBeUndefined();
		expect(await memory.store.list()).toEqual([]);
		expect(page.list()).toEqual([]);
	});

	it('is cancelled while it runs, and leaves nothing', async () => {
		const page = openPage();
		source.stallAfter(5 * mebibyte);
		const saving = page.save(film, 'film.mp4');
		await settleUntil(() => stageOf(page)?.kind === 'saving');
		await page.discard(idOf(page));
		await saving;
		expect(part.content()).toBeUndefined();
		expect(await memory.store.list()).toEqual([]);
		expect((await memory.locks.held()).size).toBe(0);
	});

	it('waits for its person when the disk is full, and keeps what fits', async () => {
		const page = openPage();
		part.fill(6 * mebibyte);
		await page.save(film, 'film.mp4');
		expect(stageOf(page)).toEqual({ kind: 'interrupted', reason: 'resource-exhausted' });
		expect(part.content()).toHaveLength(4 * mebibyte);
		part.fill(Infinity);
		await page.resume(idOf(page));
		expect(isTheSame(part.content(), content)).toBe(true);
	});

	it('keeps all that came when its source is lost for good', async () => {
		source.failWith(new GiggityflixError('not-found', 'gone'), 3 * mebibyte);
		const page = openPage();
		await page.save(film, 'film.mp4');
		expect(stageOf(page)).toEqual({ kind: 'interrupted', reason: 'not-found' });
		expect(part.content()).toHaveLength(3 * mebibyte);
	});

	it('is not resumed without leave to write, and keeps its place', async () => {
		const page = await cutOffAfter(5 * mebibyte);
		part.isAllowed = false;
		await expect(page.resume(idOf(page))).rejects.toMatchObject({ code: 'permission-denied' });
		expect(stageOf(page)).toEqual({ kind: 'interrupted', reason: 'cancelled' });
	});

	it('runs in one tab, which the others see', async () => {
		const page = openPage();
		source.stallAfter(5 * mebibyte);
		const saving = page.save(film, 'film.mp4');
		await settleUntil(() => stageOf(page)?.kind === 'saving');
		const other = openPage();
		await other.load();
		expect(stageOf(other)).toEqual({ kind: 'elsewhere' });
		await other.resume(idOf(other));
		expect(stageOf(other)).toEqual({ kind: 'elsewhere' });
		await other.discard(idOf(other));
		page.close();
		await saving;
		await other.load();
		expect(stageOf(other)).toEqual({ kind: 'interrupted', reason: 'cancelled' });
	});
});

describe('a save by the browser’s downloads', () => {
	/** Takes `bytes` and then goes away. */
	function downloadsTaking(bytes: number): Downloads {
		return {
			async begin(offered) {
				const range = { offsetBytes: 0, lengthBytes: content.length };
				void (async () => {
					let taken = 0;
					for await (const chunk of offered.read(range, new AbortController().signal)) {
						taken += chunk.length;
						if (taken >= bytes && bytes < content.length) return;
					}
				})();
				return () => undefined;
			},
		};
	}

	it('is saved when the last byte was taken', async () => {
		const page = openPage(downloadsTaking(content.length));
		await page.save(film, 'film.mp4');
		expect(stageOf(page)).toEqual({ kind: 'saved' });
		expect(await memory.store.list()).toEqual([]);
	});

	it('that the browser breaks off is offered again, and starts again', async () => {
		const page = openPage(downloadsTaking(3 * mebibyte));
		await page.save(film, 'film.mp4');
		expect(page.list()).toMatchObject([
			{
				record: { into: 'downloads', savedBytes: 0 },
				stage: { kind: 'interrupted', reason: 'cancelled' },
			},
		]);
		const next = openPage(downloadsTaking(content.length));
		await next.load();
		await next.resume(idOf(next));
		expect(stageOf(next)).toEqual({ kind: 'saved' });
	});
});

describe('what is saved', () => {
	const magnet = `magnet:?xt=urn:btih:${'a'.repeat(40)}`;
	it('is the same by whatever link it is reached', () => {
		const file: SavedThing = { kind: 'torrent-file', magnet, fileIndex: 2 };
		expect(isSameThing(file, { ...file, magnet: `${magnet}&dn=x` })).toBe(true);
		expect(isSameThing(file, { ...file, fileIndex: 1 })).toBe(false);
		expect(isSameThing(file, film)).toBe(false);
		expect(isSameThing(film, { ...film, ownerPublicKey: new Uint8Array(33) })).toBe(true);
	});

	it('is put in place at each doubling', () => {
		expect(isPlacingDue(0, 4 * mebibyte - 1)).toBe(false);
		expect(isPlacingDue(0, 4 * mebibyte)).toBe(true);
		expect(isPlacingDue(1000 * mebibyte, 1999 * mebibyte)).toBe(false);
		expect(isPlacingDue(1000 * mebibyte, 2000 * mebibyte)).toBe(true);
	});
});
