// Serves the built web app: precompressed, cached by hash, with ranges, and index.html for every route of
// the app. Knows the app only as a SiteIndex.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { parseRange } from './byte-range.ts';
import { notFound } from './problem.ts';
import {
	etagOf,
	readSiteIndex,
	type SiteFile,
	type SiteIndex,
	type SiteVariant,
} from './site-index.ts';

export interface StaticFiles {
	handle(request: Request): Promise<Response>;
	/** Hashes of the page's inline scripts, for the content security policy. */
	scriptSources(): readonly string[];
}

/** Reads the directory now, and again when the page in it has been built anew. */
export async function createStaticFiles(root: string): Promise<StaticFiles> {
	let index = await readSiteIndex(root);
	return {
		async handle(request) {
			// Only the page is asked for by its name after a build; everything it names has a hash in its name.
			const isPage = !new URL(request.url).pathname.includes('.');
			if (index === undefined || (isPage && !(await isCurrent(index.page)))) {
				index = await readSiteIndex(root);
			}
			return index === undefined ? notBuilt() : answer(request, index);
		},
		scriptSources: () => index?.scriptSources ?? [],
	};
}

async function isCurrent({ identity }: SiteFile): Promise<boolean> {
	try {
		return etagOf(await stat(identity.file)) === identity.etag;
	} catch {
		return false;
	}
}

function answer(request: Request, index: SiteIndex): Response {
	const path = decodePath(new URL(request.url).pathname);
	const file = path === undefined ? undefined : findFile(path, index);
	if (file === undefined) return notFound();
	const rangeHeader = request.headers.get('range');
	const { variant, encoding } = chooseVariant(file, request.headers, rangeHeader !== null);
	const headers = new Headers({
		'content-type': file.mimeType,
		'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
		etag: variant.etag,
		vary: 'accept-encoding',
		'accept-ranges': 'bytes',
	});
	if (encoding !== undefined) headers.set('content-encoding', encoding);
	if (isKnown(request.headers.get('if-none-match'), file)) {
		return new Response(null, { status: 304, headers });
	}
	const ifRange = request.headers.get('if-range');
	const isRangeValid = ifRange === null || ifRange === variant.etag;
	return send(variant, headers, isRangeValid ? rangeHeader : null, request.method);
}

/** `undefined` for a path that is no text. */
function decodePath(pathname: string): string | undefined {
	try {
		return decodeURIComponent(pathname);
	} catch {
		return undefined;
	}
}

/** A path without an extension is a route of the app; one with an extension was meant to be a file. */
function findFile(path: string, index: SiteIndex): SiteFile | undefined {
	const file = index.files.get(path);
	if (file !== undefined) return file;
	const isRoute = !path.slice(path.lastIndexOf('/') + 1).includes('.');
	return isRoute && !path.startsWith('/_app/') ? index.page : undefined;
}

function chooseVariant(
	file: SiteFile,
	headers: Headers,
	hasRange: boolean,
): { variant: SiteVariant; encoding?: 'br' | 'gzip' } {
	// A range counts bytes of the file as it is.
	if (hasRange) return { variant: file.identity };
	const accepted = acceptedEncodings(headers.get('accept-encoding') ?? '');
	if (file.br !== undefined && accepted.has('br')) return { variant: file.br, encoding: 'br' };
	if (file.gzip !== undefined && accepted.has('gzip')) {
		return { variant: file.gzip, encoding: 'gzip' };
	}
	return { variant: file.identity };
}

function acceptedEncodings(header: string): Set<string> {
	const accepted = new Set<string>();
	for (const part of header.split(',')) {
		const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
		const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
		if (!isRefused) accepted.add(name);
	}
	return accepted;
}

/** Whether the client has any encoding of this version. */
function isKnown(ifNoneMatch: string | null, file: SiteFile): boolean {
	if (ifNoneMatch === null) return false;
	const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
	const own = [file.identity, file.br, file.gzip].map((variant) => variant?.etag);
	return tags.some((tag) => tag === '*' || own.includes(tag));
}

function send(
	variant: SiteVariant,
	headers: Headers,
	rangeHeader: string | null,
	method: string,
): Response {
	const range = parseRange(rangeHeader, variant.sizeBytes);
	if (range.kind === 'unsatisfiable') {
		headers.set('content-range', `bytes */${variant.sizeBytes}`);
		headers.set('content-length', '0');
		return new Response(null, { status: 416, headers });
	}
	const { start, end } = range.kind === 'part' ? range : { start: 0, end: variant.sizeBytes - 1 };
	headers.set('content-length', String(end - start + 1));
	if (range.kind === 'part') {
		headers.set('content-range', `bytes ${start}-${end}/${variant.sizeBytes}`);
	}
	const hasBody = method !== 'HEAD' && variant.sizeBytes > 0;
	const body = hasBody ? readPart(variant.file, start, end) : null;
	return new Response(body, { status: range.kind === 'part' ? 206 : 200, headers });
}

/** Closes the file at its end and when the reader cancels. */
function readPart(file: string, start: number, end: number): ReadableStream<Uint8Array> {
	return Readable.toWeb(createReadStream(file, { start, end }));
}

function notBuilt(): Response {
	const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Giggityflix is not built yet</title>
<h1>The web app is not built yet</h1>
<p>Run <code>npm run build</code>, or <code>npm start</code>, which builds it, and reload this page.</p>
</html>
`;
	return new Response(html, {
		status: 503,
		headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
	});
}
