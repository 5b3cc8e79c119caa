// The embedded store passes the contract, and what is its own: damaged files and isolation of failed writes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerId } from '../../../../proto/ids.ts';
import { createEmbeddedStore } from '../../../../tracker/store/embedded-store.ts';
import { describeTrackerStore } from '../../../contract/tracker-store.ts';

const makeDirectory = () => mkdtemp(join(tmpdir(), 'giggityflix-tracker-'));

describeTrackerStore('embedded-store', async () => {
	const directory = await makeDirectory();
	return {
		open: async () => createEmbeddedStore(join(directory, 'tracker.sqlite')),
		dispose: () => rm(directory, { recursive: true }),
	};
});

describe('embedded-store', () => {
	let directory: string;
	let file: string;
	beforeEach(async () => {
		directory = await makeDirectory();
		file = join(directory, 'tracker.sqlite');
	});
	afterEach(() => rm(directory, { recursive: true }));

	it('says that a file is no database', async () => {
		await writeFile(file, 'not a database, but long enough to be read as one'.repeat(100));
		expect(() => createEmbeddedStore(file)).toThrow(expect.objectContaining({ code: 'corrupt' }));
	});

	it('refuses a database of a newer version and leaves it as it is', () => {
		const database = new SqliteDatabase(file);
		database.pragma('user_version = 999');
		database.close();
		expect(() => createEmbeddedStore(file)).toThrow(
			expect.objectContaining({ code: 'unsupported' }),
		);
		const after = new SqliteDatabase(file);
		expect(after.pragma('user_version', { simple: true })).toBe(999);
		after.close();
	});

	it('synchronises every commit of a write-ahead log', async () => {
		const store = createEmbeddedStore(file);
		await store.bindKey('laptop' as PeerId, new Uint8Array(33));
		const reader = new SqliteDatabase(file, { readonly: true });
		expect(reader.pragma('journal_mode', { simple: true })).toBe('wal');
		reader.close();
		await store.close();
	});

	it('remembers who was held, until it is told otherwise', async () => {
		const store = createEmbeddedStore(file);
		const [laptop, nas] = ['laptop' as PeerId, 'nas' as PeerId];
		const seen = { lastSeenAtMs: 1 };
		await store.savePresence([
			{ peerId: laptop, ...seen, isHeld: true },
			{ peerId: nas, ...seen },
		]);
		await store.savePresence([{ peerId: laptop, lastSeenAtMs: 2 }]);
		await store.close();
		const again = createEmbeddedStore(file);
		const held = async () =>
			(await again.load()).peers.filter(({ isHeld }) => isHeld).map(({ peerId }) => peerId);
		expect(await held()).toEqual([laptop]);
		await again.savePresence([{ peerId: laptop, lastSeenAtMs: 3, isHeld: false }]);
		expect(await held()).toEqual([]);
		await again.close();
	});

	it('fails a write that cannot be stored without failing those beside it', async () => {
		const store = createEmbeddedStore(file);
		const broken = { peerId: 'laptop' as PeerId, lastSeenAtMs: Number.NaN };
		const outcomes = await Promise.allSettled([
			store.savePresence([{ peerId: 'nas' as PeerId, lastSeenAtMs: 1 }]),
			store.savePresence([{ peerId: 'phone' as PeerId, lastSeenAtMs: 2 }, broken]),
			store.savePresence([{ peerId: 'tv' as PeerId, lastSeenAtMs: 3 }]),
		]);
		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
		const { peers } = await store.load();
		expect(peers.map(({ peerId }) => peerId).sort()).toEqual(['nas', 'tv']);
		await store.close();
	});
});
