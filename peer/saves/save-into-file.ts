// One run of a save into a file the person chose: what is there is checked, the rest is written at the disk's pace.
// Rule: what was written is put in place when the run ends, however it ends, and now and then before, since a crash
// takes everything that is not. Knows nothing of who asked for it.
import type { ByteSource } from '../transfer/byte-source.ts';
import type { PartPieces } from './part-pieces.ts';
import type { PartFile, PartWriter } from './save-ports.ts';
import { verifiedPrefix } from './verified-prefix.ts';

export interface FileRun {
	readonly part: PartFile;
	readonly source: ByteSource;
	readonly sizeBytes: number;
	/** Whether what is there may be of this version, and how that is found out. */
	readonly resume: { readonly pieces: PartPieces | undefined } | undefined;
	readonly signal: AbortSignal;
	readonly onChecked: (checkedBytes: number) => void;
	readonly onWritten: (writtenBytes: number) => void;
	/** That many bytes outlive the page now. */
	readonly onPlaced: (placedBytes: number) => Promise<void>;
}

/** The least that is worth it. */
const firstPlacedBytes = 4 * 1024 * 1024;

/** Ends when the file is complete and in place; throws what kept it from that. */
export async function saveIntoFile(run: FileRun): Promise<void> {
	const { part, sizeBytes, source, signal } = run;
	const startBytes = run.resume ? await verifiedPrefix({ ...run, ...run.resume }) : 0;
	const rest = { offsetBytes: startBytes, lengthBytes: sizeBytes - startBytes };
	let [placedBytes, writtenBytes] = [startBytes, startBytes];
	run.onWritten(writtenBytes);
	let writer: PartWriter | undefined = await part.open(startBytes);

	async function place(): Promise<void> {
		const closing = writer;
		writer = undefined;
		await closing?.close();
		placedBytes = writtenBytes;
		await run.onPlaced(placedBytes);
	}

	try {
		if (rest.lengthBytes > 0) {
			for await (const chunk of source.read(rest, signal)) {
				writer ??= await part.open(placedBytes);
				// Waits for the disk; nothing more is read, and so nothing fetched, before that.
				await writer.write(chunk);
				writtenBytes += chunk.length;
				run.onWritten(writtenBytes);
				if (isPlacingDue(placedBytes, writtenBytes)) await place();
			}
		}
	} catch (caught) {
		// A writer that has failed has nothing to put in place; what was there before stays.
		await place().catch(() => undefined);
		throw caught;
	}
	await place();
}

/** Going on copies what is in place, so it is done at each doubling: all copies together are twice the file at most. */
export function isPlacingDue(placedBytes: number, writtenBytes: number): boolean {
	return writtenBytes - placedBytes >= Math.max(firstPlacedBytes, placedBytes);
}
