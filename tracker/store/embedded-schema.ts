// The tables of the embedded store. A migration is a step from one PRAGMA user_version to the next; steps
// are only ever added at the end. Reads no rows and writes none.
import type { Database } from 'better-sqlite3';
import { GiggityflixError } from '../../proto/errors.ts';

const migrations: readonly string[] = [
	`CREATE TABLE peers (
		peer_id TEXT PRIMARY KEY,
		public_key BLOB NOT NULL DEFAULT x'',
		display_name TEXT NOT NULL DEFAULT '',
		last_seen_at_ms INTEGER NOT NULL DEFAULT 0,
		complete_sequence INTEGER NOT NULL DEFAULT 0,
		applied_sequence INTEGER NOT NULL DEFAULT 0,
		applied_pages INTEGER NOT NULL DEFAULT 0
	) STRICT, WITHOUT ROWID;

	CREATE TABLE offers (
		peer_id TEXT NOT NULL,
		offer_id TEXT NOT NULL,
		catalog_id TEXT NOT NULL,
		sequence INTEGER NOT NULL,
		added_at_ms INTEGER NOT NULL,
		offer BLOB NOT NULL,
		PRIMARY KEY (peer_id, offer_id)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE aliases (
		alias TEXT PRIMARY KEY,
		catalog_id TEXT NOT NULL
	) STRICT, WITHOUT ROWID;

	CREATE TABLE subscriptions (
		subscription_id TEXT PRIMARY KEY,
		peer_id TEXT NOT NULL,
		catalog_id TEXT NOT NULL,
		expires_at_ms INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;`,

	`CREATE INDEX offers_by_entry ON offers (catalog_id);
	CREATE INDEX subscriptions_by_peer ON subscriptions (peer_id);`,

	'DROP INDEX offers_by_entry;',

	// Whom edges hold while the database is brought up to date is not known.
	`ALTER TABLE peers ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0;
	UPDATE peers SET is_held = 1;`,
];

/** Brings a database to the newest version, each step whole or not at all. */
export function migrate(database: Database): void {
	const version = Number(database.pragma('user_version', { simple: true }));
	if (version > migrations.length) {
		throw new GiggityflixError(
			'unsupported',
			`the tracker's database has version ${version}, newer than this program knows`,
		);
	}
	for (const [index, step] of migrations.entries()) {
		if (index < version) continue;
		database.transaction(() => {
			database.exec(step);
			database.pragma(`user_version = ${index + 1}`);
		})();
	}
}
