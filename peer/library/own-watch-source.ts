// A film of one's own as a watch source: bytes straight from the disk. Used by the tab that leads and by
// those that follow. Knows nothing of links.
import { createListeners } from '../listeners.ts';
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { WatchConnection, WatchSource } from '../peer.ts';
import type { OpenFile } from '../ports.ts';
import type { ByteSource, ByteSourceFacts } from '../transfer/byte-source.ts';
import { createFileByteSource } from '../transfer/file-byte-source.ts';
import type { OfferedFile } from '../transfer/transfers.ts';

/** `openOwn` opens the film and throws as `openItem` does; it is called again after a failure. */
export function createOwnWatchSource(openOwn: () => Promise<OfferedFile>): WatchSource {
	const listeners = createListeners();
	let source: Promise<ByteSource> | undefined;
	let connection: WatchConnection = { kind: 'local' };

	function show(reason: ErrorCode | undefined): void {
		connection = reason ? { kind: 'failed', reason } : { kind: 'local' };
		listeners.tell();
	}

	/** Passes through what `use` gives and shows what it throws. */
	async function watched<Result>(use: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
		try {
			const result = await use();
			if (connection.kind === 'failed') show(undefined);
			return result;
		} catch (caught) {
			signal.throwIfAborted();
			source = undefined;
			const error = GiggityflixError.from(caught);
			if (error.code !== 'cancelled') show(error.code);
			throw error;
		}
	}

	/** Anew: the file may be another one than the last time. */
	const reopened = () => (source = openFile(openOwn));

	return {
		open: (signal) => watched(async () => (await reopened()).open(signal), signal),
		async *read(range, signal) {
			const chunks = await watched(
				async () => (await (source ?? reopened())).read(range, signal),
				signal,
			);
			const iterator = chunks[Symbol.asyncIterator]();
			try {
				for (;;) {
					const next = await watched(() => iterator.next(), signal);
					if (next.done) return;
					yield next.value;
				}
			} finally {
				await iterator.return?.();
			}
		},
		close() {
			void source?.then(
				(open) => open.close(),
				() => undefined,
			);
			source = undefined;
		},
		connection: () => connection,
		subscribe: listeners.add,
		learn: () => undefined,
		pictureShown: () => undefined,
		joinSwarm: () => undefined,
		startWithoutOwner: () => undefined,
		shares: () => [],
		retry() {
			source = undefined;
			show(undefined);
		},
	};
}

async function openFile(openOwn: () => Promise<OfferedFile>): Promise<ByteSource> {
	const first = await openOwn();
	return createFileByteSource(factsOf(first), (sideCar) => openPart(first, sideCar));
}

async function openPart(file: OfferedFile, sideCar: number): Promise<OpenFile> {
	if (sideCar === 0) return file.film;
	const found = file.sideCars[sideCar - 1];
	if (!found) throw new GiggityflixError('not-found', 'there is no such subtitle');
	return found.open();
}

function factsOf(file: OfferedFile): ByteSourceFacts {
	return {
		sizeBytes: file.film.sizeBytes,
		modifiedAtMs: file.film.modifiedAtMs,
		mimeType: file.mimeType,
		fileName: file.fileName,
		sideCars: file.sideCars.map(({ fileName, sizeBytes, language }, index) => ({
			index: index + 1,
			fileName,
			sizeBytes,
			language,
		})),
	};
}
