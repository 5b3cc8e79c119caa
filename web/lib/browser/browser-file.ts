// One `File` of the browser as the core's `OpenFile`. A File is a snapshot: the browser refuses to read
// it once the disk has moved on, with an error that does not say why. So after a refusal the file is
// opened again, and what comes back tells changed, gone and forbidden apart. Does not know folders.
import { mimeTypeOf } from '../../../peer/library/mime-type.ts';
import type { OpenFile } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

/**
 * `reopen` gets the file from its folder again and throws what the platform throws; without it (files
 * that came without a handle) a refused read is reported as it is.
 */
export function openBrowserFile(opened: File, reopen?: () => Promise<File>): OpenFile {
	const { size: sizeBytes, lastModified: modifiedAtMs } = opened;
	let file = opened;

	async function reopenUnchanged(refusal: unknown): Promise<File> {
		if (reopen === undefined) throw GiggityflixError.from(refusal);
		const again = await reopen().catch((caught: unknown) => {
			throw GiggityflixError.from(caught);
		});
		if (again.size !== sizeBytes || again.lastModified !== modifiedAtMs) {
			throw new GiggityflixError('corrupt', 'the file has changed since it was opened', {
				cause: refusal,
			});
		}
		return again;
	}

	return {
		sizeBytes,
		modifiedAtMs,
		mimeType: mimeTypeOf(opened.name),
		native: opened,
		read: async (offsetBytes, lengthBytes) => {
			if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes + lengthBytes > sizeBytes) {
				throw new RangeError(`no range ${offsetBytes}+${lengthBytes} in ${sizeBytes} bytes`);
			}
			try {
				return await readSlice(file, offsetBytes, lengthBytes);
			} catch (refusal) {
				file = await reopenUnchanged(refusal);
				return readSlice(file, offsetBytes, lengthBytes).catch((caught: unknown) => {
					throw GiggityflixError.from(caught);
				});
			}
		},
	};
}

/** The `File` behind an open file of this platform; throws `unsupported` when it came from somewhere else. */
export function nativeFileOf(file: OpenFile): File {
	if (file.native instanceof File) return file.native;
	throw new GiggityflixError('unsupported', 'the file is not one of the browser');
}

async function readSlice(
	file: File,
	offsetBytes: number,
	lengthBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
	const buffer = await file.slice(offsetBytes, offsetBytes + lengthBytes).arrayBuffer();
	if (buffer.byteLength !== lengthBytes) {
		throw new GiggityflixError('corrupt', 'the file is shorter than it was when opened');
	}
	return new Uint8Array(buffer);
}
