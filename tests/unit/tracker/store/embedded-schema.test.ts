// Migrations run once and leave newer databases alone.
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../../../tracker/store/embedded-schema.ts';

const versionOf = (database: SqliteDatabase.Database) =>
	database.pragma('user_version', { simple: true });

describe('migrate', () => {
	it('makes the tables once, and keeps what is in them', () => {
		const database = new SqliteDatabase(':memory:');
		migrate(database);
		database.exec("INSERT INTO peers (peer_id) VALUES ('laptop')");
		const version = versionOf(database);
		migrate(database);
		expect(versionOf(database)).toBe(version);
		expect(database.prepare('SELECT peer_id FROM peers').pluck().all()).toEqual(['laptop']);
	});

	it('takes every peer of an older database for held', () => {
		const database = new SqliteDatabase(':memory:');
		migrate(database);
		database.exec("INSERT INTO peers (peer_id) VALUES ('laptop')");
		database.exec('ALTER TABLE peers DROP COLUMN is_held');
		database.pragma('user_version = 3');
		migrate(database);
		database.exec("INSERT INTO peers (peer_id) VALUES ('nas')");
		const held = database.prepare('SELECT peer_id, is_held FROM peers ORDER BY peer_id').raw();
		expect(held.all()).toEqual([
			['laptop', 1],
			['nas', 0],
		]);
	});

	it('leaves no half of a step behind', () => {
		const database = new SqliteDatabase(':memory:');
		// In the way of the first step's third table.
		database.exec('CREATE TABLE aliases (alias TEXT)');
		expect(() => {
			migrate(database);
		}).toThrow(/already exists/);
		expect(versionOf(database)).toBe(0);
		const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck();
		expect(tables.all()).toEqual(['aliases']);
	});
});
