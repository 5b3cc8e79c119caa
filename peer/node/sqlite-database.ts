// The headless peer's one SQLite file: opening it, its schema, and what its errors mean. The rule: one process
// at a time. The lock is SQLite's own on the file, so it ends with its process however that ends. Knows
// nothing of what the records mean.
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { chmodSync } from 'node:fs';
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';

/** How long to wait for a peer that is just ending. */
const lockTimeoutMs = 2_000;
const schemaVersion = 1;

const schema = `
	CREATE TABLE peer (only INTEGER PRIMARY KEY CHECK (only = 1), record TEXT NOT NULL);
	CREATE TABLE folders (folder_id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE items (offer_id TEXT PRIMARY KEY, folder_id TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
	CREATE INDEX items_by_folder ON items (folder_id);
	CREATE TABLE posters (offer_id TEXT PRIMARY KEY, image BLOB NOT NULL);
	CREATE TABLE info_dictionaries (offer_id TEXT PRIMARY KEY, bytes BLOB NOT NULL);
	CREATE TABLE directories (folder_id TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * Opens the database in a file and makes it when there is none; its directory must exist. Throws `already-exists`
 * when another process has it, `corrupt` when it is damaged or of a newer program, `unavailable` when it cannot be
 * opened.
 */
export function openPeerDatabase(file: string): Database {
	return translated(() => {
		const database = new SqliteDatabase(file, { timeout: lockTimeoutMs });
		try {
			prepare(database);
			// It holds the phrase, and whoever has the phrase is this peer.
			if (file !== ':memory:') chmodSync(file, 0o600);
			return database;
		} catch (caught) {
			database.close();
			throw caught;
		}
	});
}

function prepare(database: Database): void {
	// Before the first read: from then on the lock is kept until the end, and no other process gets in.
	database.pragma('locking_mode = EXCLUSIVE');
	database.pragma('journal_mode = WAL');
	database.pragma('synchronous = FULL');
	database
		.transaction(() => {
			const version = database.pragma('user_version', { simple: true }) as number;
			if (version > schemaVersion) {
				throw new GiggityflixError('corrupt', 'the database was written by a newer version');
			}
			if (version < 1) database.exec(schema);
			database.pragma(`user_version = ${schemaVersion}`);
		})
		.exclusive();
}

/** Runs a step on the database; everything thrown becomes a `GiggityflixError`. */
export function translated<Result>(step: () => Result): Result {
	try {
		return step();
	} catch (caught) {
		if (!(caught instanceof SqliteDatabase.SqliteError)) throw GiggityflixError.from(caught);
		throw new GiggityflixError(codeOf(caught.code), caught.message, { cause: caught });
	}
}

/** By SQLite's result code (https://sqlite.org/rescode.html); extended codes begin with their primary one. */
function codeOf(resultCode: string): ErrorCode {
	if (resultCode === 'SQLITE_FULL') return 'resource-exhausted';
	if (/^SQLITE_(BUSY|LOCKED)/.test(resultCode)) return 'already-exists';
	if (/^SQLITE_(NOTADB|CORRUPT)/.test(resultCode)) return 'corrupt';
	return /^SQLITE_(CANTOPEN|IOERR|READONLY|PERM)/.test(resultCode) ? 'unavailable' : 'internal';
}
