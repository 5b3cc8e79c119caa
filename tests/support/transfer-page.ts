// Builds the transfer page and the real service worker, serves them, and is the edge between pages: hands
// their signals on. Used by the benchmark of direct transfer and by the specs of streaming.
import { fileURLToPath } from 'node:url';
import { build, preview, type Plugin } from 'vite';
import type { Page } from '@playwright/test';
import type { TransferPage } from './web/transfer-page/calls.ts';

const root = fileURLToPath(new URL('./web/transfer-page', import.meta.url));
const outDir = fileURLToPath(new URL('../../.cache/transfer-page', import.meta.url));
const workerSource = fileURLToPath(new URL('../../web/service-worker.ts', import.meta.url));

export interface TransferPageServer {
	readonly url: string;
	close(): Promise<void>;
}

export async function serveTransferPage(): Promise<TransferPageServer> {
	const shared = { root, configFile: false, logLevel: 'error' } as const;
	await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022' } });
	await build({
		...shared,
		plugins: [kitWorkerModule()],
		build: {
			...{ outDir, emptyOutDir: false, target: 'es2022', copyPublicDir: false },
			lib: { entry: workerSource, formats: ['es'], fileName: () => 'service-worker.js' },
		},
	});
	const server = await preview({
		...shared,
		build: { outDir },
		preview: { host: '127.0.0.1', port: 0 },
	});
	return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
}

/** What Kit gives its worker; here without files, because the app around it is another test's subject. */
function kitWorkerModule(): Plugin {
	const name = '$service-worker';
	return {
		name: 'kit-worker-module',
		resolveId: (id) => (id === name ? `\0${name}` : undefined),
		load: (id) =>
			id === `\0${name}`
				? `export const build = []; export const files = []; export const version = 'test';`
				: undefined,
	};
}

/** Loads the page and joins it to the others of `peers`. Returns its peer id. */
export async function openTransferPage(
	page: Page,
	url: string,
	peers: Map<string, Page>,
): Promise<string> {
	let ownId = '';
	await page.exposeFunction('sendSignal', async (toPeerId: string, bytes: number[]) => {
		const target = peers.get(toPeerId);
		if (target === undefined) throw new Error('the peer is not here');
		await target.evaluate(
			([from, signal]) => {
				const { transferPage } = globalThis as unknown as { transferPage: TransferPage };
				transferPage.receiveSignal(from, signal);
			},
			[ownId, bytes] as const,
		);
	});
	await page.goto(url);
	ownId = await page.evaluate(
		() => (globalThis as unknown as { transferPage: TransferPage }).transferPage.peerId,
	);
	peers.set(ownId, page);
	return ownId;
}
