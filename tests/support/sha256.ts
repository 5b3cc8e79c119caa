// SHA-256 as tests compare it, in hexadecimal: of bytes, and of files of any size.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export const sha256Of = (bytes: Uint8Array): string =>
	createHash('sha256').update(bytes).digest('hex');

/** A stream's usual 64 KiB at a time take five times as long. */
const chunkBytes = 1024 * 1024;

export async function sha256OfFile(path: string): Promise<string> {
	const hash = createHash('sha256');
	const chunks = createReadStream(path, { highWaterMark: chunkBytes });
	for await (const chunk of chunks) hash.update(chunk as Buffer);
	return hash.digest('hex');
}
