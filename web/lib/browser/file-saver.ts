// Saving what streams in straight into a file the person chooses, where the browser has a picker for that.
// Elsewhere the browser downloads the stream's address (save-through-frame.ts). Holds no bytes.
import './file-system-access.ts';

export interface FileSaver {
	/** Whether `choose` works here. */
	readonly canChoose: boolean;
	/**
	 * A file to write to, whose writes wait for the disk. Closing it puts the content in place, aborting leaves what was
	 * there. `undefined` when the person changed their mind. Call it from a click.
	 */
	choose(suggestedName: string): Promise<WritableStream<Uint8Array<ArrayBuffer>> | undefined>;
}

export function createFileSaver(): FileSaver {
	return {
		canChoose: typeof window.showSaveFilePicker === 'function',
		async choose(suggestedName) {
			try {
				const handle = await window.showSaveFilePicker?.({ id: 'films', suggestedName });
				return await handle?.createWritable();
			} catch (caught) {
				if (caught instanceof DOMException && caught.name === 'AbortError') return undefined;
				throw caught;
			}
		},
	};
}
