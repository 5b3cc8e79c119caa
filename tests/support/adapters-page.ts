// Builds the adapters page as the app is built, serves it with the app's content security policy, and
// gives specs one way to call it. One build for each test process.
import { test as base, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import type { ErrorCode } from '../../proto/errors.ts';
import type { PageCalls } from './web/adapters-page/calls.ts';

const root = fileURLToPath(new URL('./web/adapters-page', import.meta.url));
const outDir = fileURLToPath(new URL('../../.cache/adapters-page', import.meta.url));

/** As strict as the edge's, so that an adapter that needs more fails here. */
const contentSecurityPolicy = [
	"default-src 'self'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"worker-src 'self'",
	"connect-src 'self'",
	"media-src 'self' blob:",
	"object-src 'none'",
].join('; ');

/** What a call of the adapters page came to. */
export type Answer<Output> =
	| { readonly ok: true; readonly output: Output }
	| { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Builds the page and serves it on a free port. */
export async function serveAdaptersPage(): Promise<{ url: string; close(): Promise<void> }> {
	const shared = { root, configFile: false, logLevel: 'error' } as const;
	await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022' } });
	const server = await preview({
		...shared,
		build: { outDir },
		preview: {
			host: '127.0.0.1',
			port: 0,
			headers: { 'Content-Security-Policy': contentSecurityPolicy },
		},
	});
	return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
}

/** Playwright's test with the adapters page served on a free port. */
export const test = base.extend<object, { adaptersUrl: string }>({
	adaptersUrl: [
		// Playwright reads the names of the fixtures it depends on from this pattern.
		// eslint-disable-next-line no-empty-pattern
		async ({}, use) => {
			const server = await serveAdaptersPage();
			await use(server.url);
			await server.close();
		},
		{ scope: 'worker', timeout: 120_000 },
	],
});

/** Asks a loaded adapters page. */
export async function tryOnPage<Name extends keyof PageCalls>(
	page: Page,
	name: Name,
	input: PageCalls[Name]['input'],
): Promise<Answer<PageCalls[Name]['output']>> {
	return page.evaluate(
		([callName, callInput]) => {
			const { ask } = globalThis as unknown as {
				ask: (name: string, input: unknown) => Promise<Answer<PageCalls[Name]['output']>>;
			};
			return ask(callName, callInput);
		},
		[name as string, input] as const,
	);
}

/** Asks, and fails the test when the answer is an error. */
export async function onPage<Name extends keyof PageCalls>(
	page: Page,
	name: Name,
	input: PageCalls[Name]['input'],
): Promise<PageCalls[Name]['output']> {
	const answer = await tryOnPage(page, name, input);
	if (!answer.ok) throw new Error(`${name} failed with ${answer.code}: ${answer.message}`);
	return answer.output;
}
