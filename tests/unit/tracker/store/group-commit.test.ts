// Writes of one turn share a commit and none of each other's failures.
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it, vi } from 'vitest';
import { createGroupCommit } from '../../../../tracker/store/group-commit.ts';

function open() {
	const database = new SqliteDatabase(':memory:');
	database.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY)');
	const insert = database.prepare<[number]>('INSERT INTO numbers VALUES (?)');
	const numbers = () => database.prepare('SELECT number FROM numbers').pluck().all();
	return { database, commits: createGroupCommit(database), insert, numbers };
}

describe('createGroupCommit', () => {
	it('commits the writes of one turn together, and answers each with its result', async () => {
		const { database, commits, insert, numbers } = open();
		const transaction = vi.spyOn(database, 'transaction');
		const writes = [1, 2, 3].map((number) =>
			commits.write(() => {
				insert.run(number);
				return `wrote ${number}`;
			}),
		);
		expect(numbers()).toEqual([]);
		expect(await Promise.all(writes)).toEqual(['wrote 1', 'wrote 2', 'wrote 3']);
		expect(numbers()).toEqual([1, 2, 3]);
		// One around all of them, and a savepoint for each.
		expect(transaction).toHaveBeenCalledTimes(1 + 3);
	});

	it('undoes all of a write that fails, and nothing of the others', async () => {
		const { commits, insert, numbers } = open();
		const outcomes = await Promise.allSettled([
			commits.write(() => insert.run(1)),
			commits.write(() => {
				insert.run(2);
				insert.run(1);
			}),
			commits.write(() => insert.run(3)),
		]);
		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
		expect(numbers()).toEqual([1, 3]);
	});

	it('fails every write when the commit itself fails', async () => {
		const { database, commits, insert } = open();
		const writes = [1, 2].map((number) => commits.write(() => insert.run(number)));
		database.close();
		const outcomes = await Promise.allSettled(writes);
		expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
	});

	it('can be made to commit at once', async () => {
		const { commits, insert, numbers } = open();
		const write = commits.write(() => insert.run(1));
		commits.flush();
		expect(numbers()).toEqual([1]);
		await write;
	});
});
