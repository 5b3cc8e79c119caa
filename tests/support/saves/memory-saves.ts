// A disk and a memory for saves that live in a test: what was written is there once its writer is closed, as in a
// browser, and a reload is a new list over the same memory.
import type {
	PartFile,
	PartWriter,
	SaveId,
	SaveLocks,
	SaveRecord,
	SaveStore,
} from '../../../peer/saves/save-ports.ts';
import type { ByteRange, ByteSource, ByteSourceFacts } from '../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

export interface MemoryPart extends PartFile {
	/** What is in place; `undefined` once it is deleted. */
	content(): Uint8Array | undefined;
	/** Somebody else changes it. */
	replace(content: Uint8Array): void;
	/** From now on the disk takes no more than this. */
	fill(maxBytes: number): void;
	/** The lengths with which it was gone on. */
	readonly openedAt: readonly number[];
	isAllowed: boolean;
}

export function createMemoryPart(): MemoryPart {
	let content: Uint8Array | undefined = new Uint8Array();
	let maxBytes = Infinity;
	const openedAt: number[] = [];
	const there = () => {
		if (!content) throw new GiggityflixError('not-found', 'the file was deleted');
		return content;
	};
	return {
		content: () => content,
		replace: (next) => (content = next),
		fill: (bytes) => (maxBytes = bytes),
		openedAt,
		isAllowed: true,
		async requestAccess() {
			return this.isAllowed;
		},
		sizeBytes: async () => there().length,
		read: async (offset, length) => there().slice(offset, offset + length),
		async open(keptBytes): Promise<PartWriter> {
			openedAt.push(keptBytes);
			const chunks: Uint8Array[] = [there().slice(0, keptBytes)];
			let writtenBytes = keptBytes;
			let isBroken = false;
			return {
				async write(bytes) {
					writtenBytes += bytes.length;
					isBroken ||= writtenBytes > maxBytes;
					if (isBroken) throw new GiggityflixError('resource-exhausted', 'the disk is full');
					chunks.push(bytes);
				},
				async close() {
					if (isBroken) throw new GiggityflixError('internal', 'the writer has failed');
					content = Buffer.concat(chunks);
				},
			};
		},
		async remove() {
			content = undefined;
		},
	};
}

/** One for all tabs. */
export function createMemorySaves(): { readonly store: SaveStore; readonly locks: SaveLocks } {
	const stored = new Map<SaveId, { record: SaveRecord; part: PartFile | undefined }>();
	const held = new Set<SaveId>();
	return {
		store: {
			list: async () => [...stored.values()],
			put: async (record, part) => void stored.set(record.saveId, { record, part }),
			remove: async (saveId) => void stored.delete(saveId),
		},
		locks: {
			async hold(saveId) {
				if (held.has(saveId)) return undefined;
				held.add(saveId);
				return () => held.delete(saveId);
			},
			held: async () => new Set(held),
		},
	};
}

export interface MemorySource extends ByteSource {
	/** Ranges that were read. */
	readonly reads: readonly ByteRange[];
	/** Waits for ever once it has sent this many bytes of a read. */
	stallAfter(bytes: number): void;
	failWith(error: GiggityflixError, afterBytes: number): void;
}

const chunkBytes = 64 * 1024;

export function createMemorySource(
	content: Uint8Array,
	facts: Partial<ByteSourceFacts> = {},
): MemorySource {
	const reads: ByteRange[] = [];
	let stallBytes = Infinity;
	let failure: { error: GiggityflixError; afterBytes: number } | undefined;
	const sizeBytes = content.length;
	return {
		reads,
		stallAfter: (bytes) => (stallBytes = bytes),
		failWith: (error, afterBytes) => (failure = { error, afterBytes }),
		open: async () => ({
			...{ sizeBytes, modifiedAtMs: 1, mimeType: '', fileName: 'film.mp4', sideCars: [] },
			...facts,
		}),
		async *read(range, signal) {
			reads.push(range);
			const { offsetBytes, lengthBytes } = range;
			for (let sent = 0; sent < lengthBytes; sent += chunkBytes) {
				signal.throwIfAborted();
				if (failure && sent >= failure.afterBytes) throw failure.error;
				if (sent >= stallBytes) await ended(signal);
				const start = offsetBytes + sent;
				const end = Math.min(start + chunkBytes, offsetBytes + lengthBytes);
				yield Uint8Array.from(content.subarray(start, end));
			}
		},
		close: () => undefined,
	};
}

function ended(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
	});
}
