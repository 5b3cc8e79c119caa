// SvelteKit's static adapter with a compression that knows when to stop: the best Brotli takes two minutes
// for the 30 MB of ffmpeg, a lighter one a second. Writes a .br and a .gz beside each file worth it.
import adapterStatic from '@sveltejs/adapter-static';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const compressed = new Set([
	'.html',
	'.js',
	'.css',
	'.json',
	'.svg',
	'.xml',
	'.wasm',
	'.webmanifest',
]);

/** Larger files get the light compression. */
const largeBytes = 4 * 1024 * 1024;

/** Takes the options of the static adapter. */
export function compressingAdapter(options) {
	const plain = adapterStatic({ ...options, precompress: false });
	return {
		...plain,
		adapt: async (builder) => {
			await plain.adapt(builder);
			await compressTree(options.pages);
		},
	};
}

async function compressTree(folder) {
	for (const name of await readdir(folder, { recursive: true })) {
		const path = join(folder, name);
		if (compressed.has(extname(name)) && (await stat(path)).isFile()) await compress(path);
	}
}

async function compress(path) {
	const content = await readFile(path);
	const isLarge = content.length > largeBytes;
	const params = {
		[constants.BROTLI_PARAM_QUALITY]: isLarge ? 5 : constants.BROTLI_MAX_QUALITY,
		[constants.BROTLI_PARAM_SIZE_HINT]: content.length,
	};
	const [brotli, gzipped] = await Promise.all([
		promisify(brotliCompress)(content, { params }),
		promisify(gzip)(content, { level: isLarge ? 6 : 9 }),
	]);
	await Promise.all([writeFile(`${path}.br`, brotli), writeFile(`${path}.gz`, gzipped)]);
}
