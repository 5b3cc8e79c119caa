import fc from 'fast-check';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStaticFiles, type StaticFiles } from '../../../../edge-server/http/static-files.ts';

const page = '<!doctype html><script>1</script><p>the page</p>';
const script = 'export const answer = 42;'.repeat(50);
const secret = 'what no visitor may read';

let parent: string;
let root: string;
let site: StaticFiles;

beforeAll(async () => {
	parent = await mkdtemp(join(tmpdir(), 'giggityflix-site-'));
	root = join(parent, 'build');
	await mkdir(join(root, '_app/immutable'), { recursive: true });
	await writeFile(join(parent, 'secret.txt'), secret);
	await writeFile(join(root, 'index.html'), page);
	await writeFile(join(root, 'manifest.webmanifest'), '{}');
	await writeFile(join(root, 'empty.txt'), '');
	await writeFile(join(root, 'spaced name.txt'), 'spaced');
	await writeFile(join(root, 'alone.gz'), 'an archive, not a variant');
	await writeFile(join(root, '_app/immutable/a.js'), script);
	await writeFile(join(root, '_app/immutable/a.js.br'), brotliCompressSync(script));
	await writeFile(join(root, '_app/immutable/a.js.gz'), gzipSync(script));
	await symlink(join(parent, 'secret.txt'), join(root, 'link.txt'));
	site = await createStaticFiles(root);
});
afterAll(() => rm(parent, { recursive: true }));

function get(
	path: string,
	headers: Record<string, string> = {},
	method = 'GET',
): Promise<Response> {
	return site.handle(new Request(`http://films.example${path}`, { headers, method }));
}

describe('createStaticFiles', () => {
	it('serves files with their type and length', async () => {
		const response = await get('/manifest.webmanifest');
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe('application/manifest+json');
		expect(response.headers.get('content-length')).toBe('2');
		expect(response.headers.get('cache-control')).toBe('no-cache');
		expect(await response.text()).toBe('{}');
		expect(await (await get('/spaced%20name.txt')).text()).toBe('spaced');
		expect(await (await get('/empty.txt')).text()).toBe('');
	});

	it('keeps hashed files for good', async () => {
		const response = await get('/_app/immutable/a.js');
		expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
		expect(await response.text()).toBe(script);
	});

	it.each([
		['br, gzip', 'br', brotliCompressSync(script)],
		['gzip, deflate', 'gzip', gzipSync(script)],
		['br;q=0, gzip;q=0.5', 'gzip', gzipSync(script)],
		['gzip;q=0.0', null, Buffer.from(script)],
		['identity', null, Buffer.from(script)],
	])('answers Accept-Encoding: %s with %s', async (accepted, encoding, bytes) => {
		const response = await get('/_app/immutable/a.js', { 'accept-encoding': accepted });
		expect(response.headers.get('content-encoding')).toBe(encoding);
		expect(response.headers.get('vary')).toBe('accept-encoding');
		expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
	});

	it('answers 304 for a known version, in any encoding', async () => {
		const etag = (await get('/_app/immutable/a.js')).headers.get('etag') ?? '';
		const brEtag =
			(await get('/_app/immutable/a.js', { 'accept-encoding': 'br' })).headers.get('etag') ?? '';
		expect(brEtag).not.toBe(etag);
		for (const known of [etag, `W/${etag}`, `"x", ${brEtag}`, '*']) {
			expect((await get('/_app/immutable/a.js', { 'if-none-match': known })).status).toBe(304);
		}
		expect((await get('/_app/immutable/a.js', { 'if-none-match': '"x"' })).status).toBe(200);
	});

	it('answers single ranges, of the file as it is', async () => {
		const headers = { range: 'bytes=7-11', 'accept-encoding': 'br' };
		const part = await get('/_app/immutable/a.js', headers);
		expect(part.status).toBe(206);
		expect(part.headers.get('content-range')).toBe(`bytes 7-11/${script.length}`);
		expect(part.headers.get('content-length')).toBe('5');
		expect(part.headers.get('content-encoding')).toBeNull();
		expect(await part.text()).toBe('const');
		const beyond = await get('/_app/immutable/a.js', { range: `bytes=${script.length}-` });
		expect(beyond.status).toBe(416);
		expect(beyond.headers.get('content-range')).toBe(`bytes */${script.length}`);
		const several = await get('/_app/immutable/a.js', { range: 'bytes=0-1,3-4' });
		expect(several.status).toBe(200);
		const changed = await get('/_app/immutable/a.js', { range: 'bytes=0-1', 'if-range': '"old"' });
		expect(changed.status).toBe(200);
	});

	it('answers HEAD as GET without the body', async () => {
		const response = await get('/_app/immutable/a.js', {}, 'HEAD');
		expect(response.headers.get('content-length')).toBe(String(script.length));
		expect(await response.text()).toBe('');
	});

	it.each(['/', '/watch/abcdefghijklmnopqrstuvwxyz', '/settings', '/a%20b', '/library/'])(
		'answers the page for the route %s',
		async (path) => {
			const response = await get(path);
			expect(response.status).toBe(200);
			expect(response.headers.get('cache-control')).toBe('no-cache');
			expect(await response.text()).toBe(page);
		},
	);

	it.each(['/missing.js', '/_app/immutable/missing', '/watch/film.mp4', '/%', '/%E0%A4%A'])(
		'answers 404 for %s',
		async (path) => {
			const response = await get(path);
			expect(response.status).toBe(404);
			expect(await response.json()).toMatchObject({ code: 'not-found' });
		},
	);

	it('does not take a lone archive for a compressed file', async () => {
		expect(await (await get('/alone.gz')).text()).toBe('an archive, not a variant');
		expect((await get('/alone.txt', { 'accept-encoding': 'gzip' })).status).toBe(404);
	});

	it('knows the inline scripts of the page', () => {
		expect(site.scriptSources()).toEqual(["'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"]);
	});

	it('says what to do when there is no build, and serves it once it is there', async () => {
		const later = join(parent, 'later');
		const files = await createStaticFiles(later);
		const request = () => files.handle(new Request('http://films.example/'));
		const missing = await request();
		expect(missing.status).toBe(503);
		expect(await missing.text()).toContain('npm run build');
		await mkdir(later);
		await writeFile(join(later, 'index.html'), page);
		expect(await (await request()).text()).toBe(page);
		await writeFile(join(later, 'index.html'), 'built anew, and longer than it was before, by far');
		expect(await (await request()).text()).toContain('built anew');
	});
});

describe('paths', () => {
	const nasty = [
		'/../secret.txt',
		'/..%2fsecret.txt',
		'/%2e%2e/secret.txt',
		'/%2e%2e%2fsecret.txt',
		'/..%5csecret.txt',
		'/....//secret.txt',
		'/_app/../../secret.txt',
		'/_app/%2e%2e/%2e%2e/secret.txt',
		'//secret.txt',
		'/%00',
		'/index.html%00.js',
		'/link.txt',
		'/%252e%252e/secret.txt',
		'/C:%5csecret.txt',
		'/etc/passwd',
		'//etc/passwd',
		'/..;/secret.txt',
		'/.%2e/secret.txt',
		'/__proto__',
		'/constructor',
	];
	const part = fc.oneof(
		fc.constantFrom('..', '.', '%2e%2e', '%2f', '%5c', '%00', 'secret.txt', '_app', '', '~', '*'),
		fc.string().map(encodeURIComponent),
	);

	it.each(nasty)('%s leads nowhere outside', async (path) => {
		const text = await (await get(path)).text();
		expect(text).not.toContain(secret);
		expect(text).not.toContain('root:');
	});

	it('no path reads outside the directory or breaks the server', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
				const response = await get(`/${parts.join('/')}`);
				expect([200, 404]).toContain(response.status);
				expect(await response.text()).not.toContain(secret);
			}),
			{ numRuns: 300 },
		);
	});
});
