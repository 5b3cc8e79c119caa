// What there is in a built web app: every file by the path it is served under, with its precompressed
// versions. Made once by walking the directory, so that no path of a request ever reaches the file system.
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { inlineScriptSources } from './security-headers.ts';

export interface SiteFile {
	readonly mimeType: string;
	/** Files whose name is a hash of their content never change. */
	readonly isImmutable: boolean;
	readonly identity: SiteVariant;
	readonly br?: SiteVariant;
	readonly gzip?: SiteVariant;
}

export interface SiteVariant {
	readonly file: string;
	readonly sizeBytes: number;
	readonly etag: string;
}

export interface SiteIndex {
	/** By decoded URL path. */
	readonly files: ReadonlyMap<string, SiteFile>;
	/** The page itself, answered for every route of the app. */
	readonly page: SiteFile;
	readonly scriptSources: readonly string[];
}

const mimeTypes: Readonly<Record<string, string>> = {
	'.css': 'text/css; charset=utf-8',
	'.gif': 'image/gif',
	'.html': 'text/html; charset=utf-8',
	'.ico': 'image/x-icon',
	'.jpg': 'image/jpeg',
	'.js': 'text/javascript; charset=utf-8',
	'.json': 'application/json',
	'.map': 'application/json',
	'.mjs': 'text/javascript; charset=utf-8',
	'.png': 'image/png',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.wasm': 'application/wasm',
	'.webmanifest': 'application/manifest+json',
	'.webp': 'image/webp',
	'.woff2': 'font/woff2',
};

/** `undefined` when the directory or its index.html is not there. */
export async function readSiteIndex(root: string): Promise<SiteIndex | undefined> {
	const variants = await readVariants(root);
	const files = new Map<string, SiteFile>();
	for (const [path, identity] of variants) {
		if (/\.(br|gz)$/.test(path) && variants.has(path.replace(/\.(br|gz)$/, ''))) continue;
		const br = variants.get(`${path}.br`);
		const gzip = variants.get(`${path}.gz`);
		files.set(path, {
			mimeType: mimeTypes[extname(path).toLowerCase()] ?? 'application/octet-stream',
			isImmutable: path.startsWith('/_app/immutable/'),
			identity,
			...(br !== undefined && { br }),
			...(gzip !== undefined && { gzip }),
		});
	}
	const page = files.get('/index.html');
	if (page === undefined) return undefined;
	const scriptSources = inlineScriptSources(await readFile(page.identity.file, 'utf8'));
	return { files, page, scriptSources };
}

async function readVariants(root: string): Promise<Map<string, SiteVariant>> {
	const variants = new Map<string, SiteVariant>();
	// A link is no file here: what it points to may lie outside.
	const entries = (await listDirectory(root)).filter((entry) => entry.isFile());
	for (const entry of entries) {
		const file = join(entry.parentPath, entry.name);
		const found = await stat(file);
		const path = `/${relative(root, file).split(sep).join('/')}`;
		variants.set(path, { file, sizeBytes: found.size, etag: etagOf(found) });
	}
	return variants;
}

/** Names one version of a file. */
export function etagOf({ size, mtimeMs }: { size: number; mtimeMs: number }): string {
	return `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
}

async function listDirectory(root: string) {
	try {
		return await readdir(root, { recursive: true, withFileTypes: true });
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
		throw error;
	}
}
