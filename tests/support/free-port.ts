// Ports for programs that have to know theirs before they start, or get the same one again. The system gives away ports of
// its own accord (on Linux from 32768), and those of a program that is just not running too, so they are taken from below.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Above what services are known by and browsers refuse. */
const range = { from: 11_000, to: 32_000 };
/** In this process. */
const given = new Set<number>();

/** Nobody listens on it, on the loopback interface. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = randomInt(range.from, range.to);
		if (given.has(port) || !(await isFree(port))) continue;
		given.add(port);
		return port;
	}
}

async function isFree(port: number): Promise<boolean> {
	const server = createServer().listen(port, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch {
		return false;
	}
	server.close();
	await once(server, 'close');
	return true;
}
