// The core's compression by Node's zlib, which works in threads of its own.
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflateRaw, createInflateRaw } from 'node:zlib';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Compression } from '../ports.ts';

/** Fewer and larger frames than zlib's own 16 KiB. */
const chunkSize = 64 * 1024;

export const zlibCompression: Compression = {
	deflate: (chunks) => passThrough(chunks, createDeflateRaw({ chunkSize })),
	inflate: (chunks) => passThrough(chunks, createInflateRaw({ chunkSize })),
};

async function* passThrough(
	chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
	transform: Transform,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const feeding = pipeline(Readable.from(chunks, { highWaterMark: 1 }), transform);
	// It fails as the transform does, from which it is heard.
	feeding.catch(() => undefined);
	try {
		for await (const chunk of transform) yield chunk as Uint8Array<ArrayBuffer>;
	} catch (caught) {
		throw isFromZlib(caught)
			? new GiggityflixError('corrupt', 'these bytes are no DEFLATE stream', { cause: caught })
			: caught;
	}
}

function isFromZlib(caught: unknown): boolean {
	return caught instanceof Error && 'code' in caught && String(caught.code).startsWith('Z_');
}
