// One run of a save by the browser's own downloads: they read the source like a page reads an address, and what
// they have taken is all that is known of them. Rule: they own the file, so one that breaks off begins again.
import { GiggityflixError } from '../../proto/errors.ts';
import type { ByteRange, ByteSource } from '../transfer/byte-source.ts';
import { createDeferred, type Deferred } from '../transfer/settling.ts';
import type { Downloads } from './save-ports.ts';

export interface DownloadRun {
	readonly downloads: Downloads;
	readonly source: ByteSource;
	readonly fileName: string;
	readonly sizeBytes: number;
	readonly signal: AbortSignal;
	readonly onWritten: (takenBytes: number) => void;
}

/** Ends when the browser has taken the last byte; throws when it takes no more, or the source fails. */
export async function saveByDownload(run: DownloadRun): Promise<void> {
	const { downloads, signal, sizeBytes } = run;
	const ended = createDeferred<undefined>();
	ended.promise.catch(() => undefined);
	const stop = () => ended.reject(signal.reason);
	signal.addEventListener('abort', stop, { once: true });
	const release = await downloads.begin(tapped(run, ended), run.fileName);
	try {
		signal.throwIfAborted();
		if (sizeBytes > 0) await ended.promise;
	} finally {
		signal.removeEventListener('abort', stop);
		release();
	}
}

function tapped(
	{ source, sizeBytes, onWritten }: DownloadRun,
	ended: Deferred<undefined>,
): ByteSource {
	async function* read(range: ByteRange, signal: AbortSignal) {
		let takenBytes = range.offsetBytes;
		try {
			for await (const chunk of source.read(range, signal)) {
				const { length } = chunk;
				yield chunk;
				// Asked for more, so this one was taken.
				takenBytes += length;
				onWritten(takenBytes);
			}
		} catch (caught) {
			ended.reject(caught);
			throw caught;
		} finally {
			if (takenBytes >= sizeBytes) ended.resolve(undefined);
			else ended.reject(new GiggityflixError('cancelled', 'the browser takes no more'));
		}
	}
	return { open: (signal) => source.open(signal), read, close: () => undefined };
}
