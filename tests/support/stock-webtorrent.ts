// Starts webtorrent-process.ts and reads what it says. The caller ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface StockWebTorrent {
	/** What it seeds, or what it has got. Rejects when the process ends before. */
	readonly result: Promise<{ infoHash: string; sha256: string }>;
	end(): Promise<void>;
}

export function startStockWebTorrent(
	mode: 'seed' | 'get' | 'lie',
	announceUrl: string,
	subject: string,
): StockWebTorrent {
	const path = fileURLToPath(new URL('webtorrent-process.ts', import.meta.url));
	const child = spawn(
		process.execPath,
		['--disable-warning=ExperimentalWarning', path, mode, announceUrl, subject],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
	const exited = once(child, 'exit');
	const said = once(createInterface(child.stdout), 'line').then(
		([line]) => JSON.parse(String(line)) as { infoHash: string; sha256: string },
	);
	const gone = exited.then(([code]) => {
		throw new Error(`webtorrent ended with ${String(code)}`);
	});
	gone.catch(() => undefined);
	return {
		result: Promise.race([said, gone]),
		async end() {
			child.kill('SIGKILL');
			await exited;
		},
	};
}
