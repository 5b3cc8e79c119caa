// kill -9 at random moments of writing: whatever the embedded store acknowledged is there afterwards, and the
// file is whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedStore } from '../../tracker/store/embedded-store.ts';
import { offerIdOf } from '../support/tracker-world.ts';

const rounds = 20;
const writer = fileURLToPath(new URL('../support/tracker-store-writer.ts', import.meta.url));

describe('embedded-store', () => {
	let directory: string;
	beforeAll(async () => {
		directory = await mkdtemp(join(tmpdir(), 'giggityflix-crash-'));
	});
	afterAll(() => rm(directory, { recursive: true }));

	it(
		`loses nothing acknowledged in ${rounds} kills`,
		async () => {
			const file = join(directory, 'tracker.sqlite');
			const acknowledged = new Set<number>();
			let nextNumber = 1;
			for (let round = 0; round < rounds; round += 1) {
				// Every other kill waits for a first acknowledgement, however slow the machine is.
				const waitFor = round % 2 === 0 ? 'ready\n' : `\n${nextNumber}`;
				const afterMs = Math.random() * 60;
				const numbers = await writeUntilKilled(file, nextNumber, { waitFor, afterMs });
				for (const number of numbers) acknowledged.add(number);
				nextNumber = Math.max(nextNumber, ...numbers) + 10;
				expect(integrityOf(file)).toBe('ok');
				const store = createEmbeddedStore(file);
				const { offers } = await store.load();
				await store.close();
				const stored = new Set(offers.map(({ offerId }) => offerId));
				const lost = [...acknowledged].filter((number) => !stored.has(offerIdOf(number)));
				expect(lost).toEqual([]);
			}
			// Kills that all came before the first write would prove nothing.
			expect(acknowledged.size).toBeGreaterThanOrEqual(rounds / 2);
		},
		// A process takes most of a second to start on a busy machine.
		180_000,
	);
});

/** Numbers of the acknowledged writes of one process that was killed `afterMs` after it printed `waitFor`. */
async function writeUntilKilled(
	file: string,
	first: number,
	{ waitFor, afterMs }: { waitFor: string; afterMs: number },
): Promise<number[]> {
	const child = spawn(process.execPath, [writer, file, String(first)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const closed = once(child, 'close');
	let output = '';
	child.stdout.setEncoding('utf8');
	child.stdout.on('data', (text: string) => {
		const wasSeen = output.includes(waitFor);
		output += text;
		if (!wasSeen && output.includes(waitFor)) setTimeout(() => child.kill('SIGKILL'), afterMs);
	});
	const [, signal] = (await closed) as [number | null, string | null];
	expect(signal).toBe('SIGKILL');
	const lines = output.split('\n');
	expect(lines.shift()).toBe('ready');
	// What follows the last line break was cut off.
	return lines.slice(0, -1).map(Number);
}

function integrityOf(file: string): unknown {
	const database = new SqliteDatabase(file);
	const verdict = database.pragma('integrity_check', { simple: true });
	database.close();
	return verdict;
}
