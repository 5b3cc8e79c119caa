// A web server with files, as HTTP seeds are: ranges of what lies under its paths, open to pages of any origin. Tests
// say how it misbehaves, and may change that while it runs.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Misbehaviour =
	/** Sends zeros. */
	| 'lies'
	/** Knows nothing of ranges. */
	| 'whole'
	/** Sends nothing until it behaves again. */
	| 'silent'
	/** Ends in the middle. */
	| 'breaks off';

export interface TestHttpSeed {
	/** With a slash at its end. */
	readonly url: string;
	readonly host: string;
	/** `undefined`: as it should be. */
	behaves(how: Misbehaviour | undefined): void;
	/** Of the body, so far. */
	sentBytes(): number;
	close(): Promise<void>;
}

/** `files` by their path, as it stands in an address. */
export async function startHttpSeed(
	files: Readonly<Record<string, Uint8Array>>,
	misbehaviour?: Misbehaviour,
): Promise<TestHttpSeed> {
	let how = misbehaviour;
	let sentBytes = 0;
	const held: (() => void)[] = [];

	function answer(request: IncomingMessage, response: ServerResponse): void {
		response.setHeader('access-control-allow-origin', '*');
		response.setHeader('access-control-allow-headers', 'range');
		if (request.method === 'OPTIONS') {
			response.writeHead(204).end();
			return;
		}
		if (how === 'silent') {
			held.push(() => answer(request, response));
			return;
		}
		const file = files[(request.url ?? '').slice(1)];
		if (!file) {
			response.writeHead(404).end();
			return;
		}
		const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
		const isWhole = how === 'whole' || first === undefined;
		const range = isWhole ? file : file.subarray(Number(first), Number(last) + 1);
		const contentRange = `bytes ${String(first)}-${String(last)}/${String(file.length)}`;
		response.writeHead(isWhole ? 200 : 206, {
			'content-length': range.length,
			...(!isWhole && { 'content-range': contentRange }),
		});
		if (how === 'breaks off') {
			response.write(range.subarray(0, 1), () => response.destroy());
			return;
		}
		sentBytes += range.length;
		response.end(how === 'lies' ? Buffer.alloc(range.length) : range);
	}

	const server = createServer(answer);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
	return {
		...{ host, url: `http://${host}/` },
		behaves(next) {
			how = next;
			for (const goOn of held.splice(0)) goOn();
		},
		sentBytes: () => sentBytes,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
