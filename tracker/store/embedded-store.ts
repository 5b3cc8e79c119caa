// The tracker's store in one SQLite file: write-ahead log, synchronised at every commit, so an acknowledged
// write survives kill -9 and a power cut. Serves one tracker, so leases are in memory and there is never any news; it
// always leads. The only file that knows its statements; redis-store.ts replaces it where several trackers share.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { GiggityflixError } from '../../proto/errors.ts';
import { FileOfferSchema } from '../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, OfferId, PeerId, SubscriptionId } from '../../proto/ids.ts';
import { migrate } from './embedded-schema.ts';
import { createGroupCommit } from './group-commit.ts';
import { createMemoryLeases } from './memory-leases.ts';
import type {
	CatalogChange,
	StoredAlias,
	StoredOffer,
	StoredPeer,
	StoredSubscription,
	StoredTracker,
	TrackerStore,
} from './tracker-store.ts';

/**
 * Opens the database in a file, and makes it when there is none; its directory must exist. `:memory:` is one
 * that is gone when it is closed. Throws `corrupt` when the file is damaged.
 */
export function createEmbeddedStore(file: string): TrackerStore {
	const database = new SqliteDatabase(file);
	prepareDatabase(database);
	const statements = prepareStatements(database);
	const commits = createGroupCommit(database);
	return {
		load: async () => loadAll(statements),
		loadPeer: async (peerId) => {
			const row = statements.peer.get(peerId);
			const offers = statements.offersOfPeer.all(peerId).map(readOffer);
			return row && { peer: readPeer(row), offers };
		},
		bindKey: (peerId, publicKey) =>
			commits.write(() => {
				statements.bindKey.run(peerId, publicKey);
				return keyOf(statements.findKey.get(peerId), peerId);
			}),
		savePresence: (peers) =>
			commits.write(() => {
				for (const { peerId, lastSeenAtMs, displayName = null, isHeld } of peers) {
					const held = isHeld === undefined ? null : Number(isHeld);
					statements.savePresence.run({ peerId, lastSeenAtMs, displayName, held });
				}
			}),
		saveCatalog: (change) =>
			commits.write(() => {
				if (!isPlannedOn(statements.peer.get(change.peerId), change)) return false;
				writeCatalog(statements, change);
				return true;
			}),
		saveAliases: ({ added, removed }) =>
			commits.write(() => {
				for (const alias of removed) statements.freeAlias.run(alias);
				writeAliases(statements, added);
			}),
		saveSubscription: (subscription, mostOfPeer) =>
			commits.write(() => writeSubscription(statements, subscription, mostOfPeer)),
		deleteSubscriptions: (subscriptions) =>
			commits.write(() => {
				for (const { subscriptionId } of subscriptions)
					statements.deleteSubscription.run(subscriptionId);
			}),
		openLeases: createMemoryLeases,
		follow: () => Promise.resolve(),
		lead: () => Promise.resolve(Infinity),
		close: async () => {
			commits.flush();
			database.close();
		},
	};
}

function prepareDatabase(database: Database): void {
	try {
		database.pragma('journal_mode = WAL');
		database.pragma('synchronous = FULL');
		database.pragma('busy_timeout = 5000');
		const verdict = database.pragma('quick_check(1)', { simple: true });
		if (verdict !== 'ok')
			throw new GiggityflixError('corrupt', `tracker.sqlite: ${String(verdict)}`);
		migrate(database);
	} catch (caught) {
		database.close();
		if (caught instanceof SqliteDatabase.SqliteError && caught.code === 'SQLITE_NOTADB') {
			throw new GiggityflixError('corrupt', 'tracker.sqlite is no database', { cause: caught });
		}
		throw caught;
	}
}

interface PeerRow {
	peer_id: PeerId;
	public_key: Uint8Array;
	display_name: string;
	last_seen_at_ms: number;
	is_held: number;
	complete_sequence: number;
	applied_sequence: number;
	applied_pages: number;
}

interface OfferRow {
	peer_id: PeerId;
	offer_id: OfferId;
	catalog_id: CatalogId;
	sequence: number;
	added_at_ms: number;
	offer: Uint8Array;
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: Database) {
	return { ...prepareReads(database), ...prepareWrites(database) };
}

function prepareReads(database: Database) {
	return {
		peers: database.prepare<[], PeerRow>('SELECT * FROM peers'),
		peer: database.prepare<[PeerId], PeerRow>('SELECT * FROM peers WHERE peer_id = ?'),
		offers: database.prepare<[], OfferRow>('SELECT * FROM offers ORDER BY added_at_ms'),
		offersOfPeer: database.prepare<[PeerId], OfferRow>(
			'SELECT * FROM offers WHERE peer_id = ? ORDER BY added_at_ms',
		),
		aliases: database.prepare<[], { alias: CatalogId; catalogId: CatalogId }>(
			'SELECT alias, catalog_id AS catalogId FROM aliases',
		),
		subscriptions: database.prepare<[], StoredSubscription>(
			`SELECT subscription_id AS subscriptionId, peer_id AS peerId, catalog_id AS catalogId,
				expires_at_ms AS expiresAtMs FROM subscriptions`,
		),
		subscriptionsOfPeer: database.prepare<[PeerId], StoredSubscription>(
			`SELECT subscription_id AS subscriptionId, peer_id AS peerId, catalog_id AS catalogId,
				expires_at_ms AS expiresAtMs FROM subscriptions WHERE peer_id = ?`,
		),
		findKey: database.prepare<[PeerId], { public_key: Uint8Array }>(
			'SELECT public_key FROM peers WHERE peer_id = ?',
		),
	};
}

function prepareWrites(database: Database) {
	return {
		bindKey: database.prepare<[PeerId, Uint8Array]>(
			`INSERT INTO peers (peer_id, public_key) VALUES (?, ?) ON CONFLICT (peer_id)
				DO UPDATE SET public_key = excluded.public_key WHERE public_key = x''`,
		),
		savePresence: database.prepare<
			[
				{
					peerId: PeerId;
					lastSeenAtMs: number;
					displayName: string | null;
					held: number | null;
				},
			]
		>(
			`INSERT INTO peers (peer_id, last_seen_at_ms, display_name, is_held)
				VALUES (@peerId, @lastSeenAtMs, coalesce(@displayName, ''), coalesce(@held, 0))
				ON CONFLICT (peer_id) DO UPDATE
				SET last_seen_at_ms = @lastSeenAtMs, display_name = coalesce(@displayName, display_name),
					is_held = coalesce(@held, is_held)`,
		),
		saveProgress: database.prepare<[PeerId, number, number, number]>(
			`INSERT INTO peers (peer_id, complete_sequence, applied_sequence, applied_pages)
				VALUES (?, ?, ?, ?) ON CONFLICT (peer_id) DO UPDATE
				SET complete_sequence = excluded.complete_sequence,
					applied_sequence = excluded.applied_sequence, applied_pages = excluded.applied_pages`,
		),
		saveOffer: database.prepare<[PeerId, OfferId, CatalogId, number, number, Uint8Array]>(
			'INSERT OR REPLACE INTO offers VALUES (?, ?, ?, ?, ?, ?)',
		),
		deleteOffer: database.prepare<[PeerId, OfferId]>(
			'DELETE FROM offers WHERE peer_id = ? AND offer_id = ?',
		),
		saveAlias: database.prepare<[CatalogId, CatalogId]>(
			'INSERT OR REPLACE INTO aliases VALUES (?, ?)',
		),
		deleteAlias: database.prepare<[CatalogId, CatalogId]>(
			'DELETE FROM aliases WHERE alias = ? AND catalog_id = ?',
		),
		freeAlias: database.prepare<[CatalogId]>('DELETE FROM aliases WHERE alias = ?'),
		saveSubscription: database.prepare<[SubscriptionId, PeerId, CatalogId, number]>(
			'INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?)',
		),
		deleteSubscription: database.prepare<[SubscriptionId]>(
			'DELETE FROM subscriptions WHERE subscription_id = ?',
		),
	};
}

function loadAll(statements: Statements): StoredTracker {
	return {
		peers: statements.peers.all().map(readPeer),
		offers: statements.offers.all().map(readOffer),
		aliases: statements.aliases.all(),
		subscriptions: statements.subscriptions.all(),
	};
}

function readPeer(row: PeerRow): StoredPeer {
	return {
		peerId: row.peer_id,
		publicKey: new Uint8Array(row.public_key),
		displayName: row.display_name,
		lastSeenAtMs: row.last_seen_at_ms,
		isHeld: row.is_held === 1,
		progress: {
			completeSequence: row.complete_sequence,
			appliedSequence: row.applied_sequence,
			appliedPages: row.applied_pages,
		},
	};
}

function readOffer(row: OfferRow): StoredOffer {
	return {
		peerId: row.peer_id,
		offerId: row.offer_id,
		catalogId: row.catalog_id,
		sequence: row.sequence,
		addedAtMs: row.added_at_ms,
		// SQLite hands out Buffers; the message's own byte fields must not be views into them.
		offer: fromBinary(FileOfferSchema, new Uint8Array(row.offer)),
	};
}

function isPlannedOn(row: PeerRow | undefined, { before }: CatalogChange): boolean {
	return (
		(row?.complete_sequence ?? 0) === before.completeSequence &&
		(row?.applied_sequence ?? 0) === before.appliedSequence &&
		(row?.applied_pages ?? 0) === before.appliedPages
	);
}

function writeSubscription(
	statements: Statements,
	wanted: StoredSubscription,
	mostOfPeer: number,
): StoredSubscription {
	const { peerId, catalogId, expiresAtMs } = wanted;
	const ofPeer = statements.subscriptionsOfPeer.all(peerId);
	const known = ofPeer.find((subscription) => subscription.catalogId === catalogId);
	if (!known && ofPeer.length >= mostOfPeer) {
		throw new GiggityflixError('resource-exhausted', 'the peer has too many subscriptions');
	}
	const subscriptionId = known?.subscriptionId ?? wanted.subscriptionId;
	statements.saveSubscription.run(subscriptionId, peerId, catalogId, expiresAtMs);
	return { ...wanted, subscriptionId };
}

function writeCatalog(statements: Statements, change: CatalogChange): void {
	const { peerId, progress } = change;
	const { completeSequence, appliedSequence, appliedPages } = progress;
	statements.saveProgress.run(peerId, completeSequence, appliedSequence, appliedPages);
	for (const { offerId, catalogId, sequence, addedAtMs, offer } of change.upserted) {
		const bytes = toBinary(FileOfferSchema, offer);
		statements.saveOffer.run(peerId, offerId, catalogId, sequence, addedAtMs, bytes);
	}
	for (const offerId of change.removed) statements.deleteOffer.run(peerId, offerId);
	writeAliases(statements, change.aliases);
}

function writeAliases(statements: Statements, aliases: readonly StoredAlias[]): void {
	for (const { alias, catalogId } of aliases) {
		statements.deleteAlias.run(catalogId, alias);
		statements.saveAlias.run(alias, catalogId);
	}
}

function keyOf(row: { public_key: Uint8Array } | undefined, peerId: PeerId): Uint8Array {
	if (!row) throw new GiggityflixError('internal', `the key of ${peerId} was not stored`);
	return new Uint8Array(row.public_key);
}
